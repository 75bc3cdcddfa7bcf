namespace UringSharp.TestChild.Verbs;

/// <summary>Locks a range of a file, as FileStream does.</summary>
internal static class LockRange
{
    public static Task RunAsync(string[] arguments) => Report.OutcomeAsync("lock", () =>
    {
        using FileStream file = new(arguments[0], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Lock(5, 10);
        return Task.CompletedTask;
    });
}
