namespace UringSharp.Cli.Demo;

/// <summary>Pipes by <see cref="NamedPipe"/>.</summary>
internal sealed class UringPipes : IPipeContender
{
    private readonly UringContext _context = new();

    /// <inheritdoc/>
    public long? PendingReads => _context.GetStatistics().InFlight;

    /// <inheritdoc/>
    public Stream OpenWithoutWriter(string path) => NamedPipe.OpenReadAsync(path, new NamedPipeOptions { Context = _context }).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public Stream OpenWithWriter(string path) => OpenWithoutWriter(path);

    /// <inheritdoc/>
    public void Dispose() => _context.Dispose();
}
