using System.Diagnostics.Tracing;

namespace UringSharp.TestChild.Verbs;

/// <summary>Says whether io_uring can be used here, why not, and what takes its place, in every way a user may meet it.</summary>
internal static class CreateContext
{
    public static async Task RunAsync(string[] arguments)
    {
        using Warnings warnings = new();
        await Report.OutcomeAsync("context", () =>
        {
            new UringContext().Dispose();
            return Task.CompletedTask;
        });
        await Report.OutcomeAsync("uring", () =>
        {
            new UringContext(new UringOptions { Backend = UringBackend.Uring }).Dispose();
            return Task.CompletedTask;
        });
        await Report.OutcomeAsync("loop", () =>
        {
            UringLoop.Run(static () => Task.CompletedTask);
            return Task.CompletedTask;
        });
        await Report.OutcomeAsync("uring loop", () =>
        {
            UringLoop.Run(static () => Task.CompletedTask, new UringLoopOptions { Backend = UringBackend.Uring });
            return Task.CompletedTask;
        });
        await Report.OutcomeAsync("default", () =>
        {
            Report.Line("backend", UringContext.Default.GetStatistics().Backend);
            return Task.CompletedTask;
        });
        await Report.OutcomeAsync("file", async () => await (await UringFile.OpenAsync("/etc/passwd", FileMode.Open, FileAccess.Read)).DisposeAsync());
        await Report.OutcomeAsync("pair", static () =>
        {
            (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair();
            reader.Dispose();
            writer.Dispose();
            return Task.CompletedTask;
        });
        Report.Line("available", UringSupport.Current.IsAvailable);
        Report.Line("reason", UringSupport.Current.UnavailableReason);
        Report.Line("features", Enum.GetValues<UringFeature>().Count(UringSupport.Current.Supports));
        Report.Line("warnings", string.Join(" | ", warnings.Messages));
    }

    /// <summary>The warnings of the library.</summary>
    private sealed class Warnings : EventListener
    {
        public List<string> Messages { get; } = [];

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "UringSharp")
            {
                EnableEvents(eventSource, EventLevel.Warning);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData) =>
            Messages.Add(string.Format(System.Globalization.CultureInfo.InvariantCulture, eventData.Message ?? "", [.. eventData.Payload ?? []]));
    }
}
