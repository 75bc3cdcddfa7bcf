namespace UringSharp.Cli.Bench.Pipes;

/// <summary>Ends of named pipes, by UringSharp and by what .NET has.</summary>
internal static class PipeEnds
{
    /// <summary>A reading end; waits for nobody.</summary>
    internal static UringPipeStream OpenReader(UringContext context, string path) =>
        NamedPipe.OpenReadAsync(path, new NamedPipeOptions { Context = context }).AsTask().GetAwaiter().GetResult();

    /// <summary>A writing end; waits for a reader.</summary>
    internal static UringPipeStream OpenWriter(UringContext context, string path) =>
        NamedPipe.OpenWriteAsync(path, new NamedPipeOptions { Context = context }).AsTask().GetAwaiter().GetResult();

    /// <summary>An end that waits for the other side, unless it is opened for both.</summary>
    internal static FileStream OpenFileStream(string path, FileAccess access) => new(path, FileMode.Open, access, FileShare.ReadWrite, bufferSize: 0, useAsync: true);
}
