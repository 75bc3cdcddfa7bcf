namespace UringSharp.TestChild.Verbs;

/// <summary>As <see cref="LockRange"/>, with UringFileStream.</summary>
internal static class LockRangeOfStream
{
    public static Task RunAsync(string[] arguments) => Report.OutcomeAsync("lock", () =>
    {
        using UringFileStream file = new(arguments[0], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Lock(5, 10);
        return Task.CompletedTask;
    });
}
