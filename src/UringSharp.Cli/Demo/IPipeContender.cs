namespace UringSharp.Cli.Demo;

/// <summary>One of the two ways to read a named pipe that are compared; everything else is the same code for both.</summary>
internal interface IPipeContender : IDisposable
{
    /// <summary>Reads that wait in the kernel, where the contender can tell.</summary>
    long? PendingReads { get; }

    /// <summary>Opens a pipe that may never have a writer.</summary>
    Stream OpenWithoutWriter(string path);

    /// <summary>Opens a pipe that has a writer, or will have one at once.</summary>
    Stream OpenWithWriter(string path);
}
