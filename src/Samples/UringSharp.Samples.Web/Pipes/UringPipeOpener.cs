namespace UringSharp.Samples.Web.Pipes;

/// <summary>By UringSharp: a read that waits occupies no thread, and ends with its token.</summary>
internal sealed class UringPipeOpener(UringContext context) : PipeOpener
{
    private readonly NamedPipeOptions _options = new() { Context = context, EndOfStream = EndOfStreamMode.Never };

    public override async ValueTask<Stream> OpenAsync(string path, CancellationToken cancellationToken) => await NamedPipe.OpenReadAsync(path, _options, cancellationToken);
}
