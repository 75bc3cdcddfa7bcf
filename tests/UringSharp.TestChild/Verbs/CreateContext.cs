namespace UringSharp.TestChild.Verbs;

/// <summary>Says whether io_uring can be used here, and why not, in every way a user may meet it.</summary>
internal static class CreateContext
{
    public static async Task RunAsync(string[] arguments)
    {
        await Report.OutcomeAsync("context", () =>
        {
            new UringContext().Dispose();
            return Task.CompletedTask;
        });
        await Report.OutcomeAsync("default", () => Task.FromResult(UringContext.Default));
        await Report.OutcomeAsync("file", async () => await (await UringFile.OpenAsync("/etc/passwd", FileMode.Open, FileAccess.Read)).DisposeAsync());
        await Report.OutcomeAsync("pipe", async () => await NamedPipe.OpenReadAsync("/etc/passwd"));
        Report.Line("available", UringSupport.Current.IsAvailable);
        Report.Line("reason", UringSupport.Current.UnavailableReason);
        Report.Line("features", Enum.GetValues<UringFeature>().Count(UringSupport.Current.Supports));
    }
}
