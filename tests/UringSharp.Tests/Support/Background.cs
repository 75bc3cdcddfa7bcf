namespace UringSharp.Tests.Support;

/// <summary>Work that goes on beside a test until this is disposed, however the test ends. A failure of it fails the test.</summary>
internal sealed class Background : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Task _work;

    private Background(Func<CancellationToken, Task> work) => _work = Task.Run(() => work(_end.Token));

    /// <summary>Starts work that looks at the token now and then.</summary>
    public static Background Run(Func<CancellationToken, Task> work) => new(work);

    /// <summary>Repeats an action until the end.</summary>
    public static Background Repeat(Action action) => new(end =>
    {
        while (!end.IsCancellationRequested)
        {
            action();
        }

        return Task.CompletedTask;
    });

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Eventually.Ends(_work);
        _end.Dispose();
        await _work;
    }
}
