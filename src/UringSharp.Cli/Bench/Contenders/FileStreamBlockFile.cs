using UringSharp.Cli.Interop;

namespace UringSharp.Cli.Bench.Contenders;

/// <summary>By <see cref="FileStream"/>, one for each loop, since a stream has one position.</summary>
internal sealed class FileStreamBlockFile : BlockFile
{
    private readonly FileStream[] _files;

    internal FileStreamBlockFile(in BlockFilePlan plan)
        : base("FileStream", BlockMemory.ForDotNet(plan.Loops, plan.BlockSize, plan.IsDirect))
    {
        _files = new FileStream[plan.Loops];
        for (int i = 0; i < _files.Length; i++)
        {
            FileStream file = new(plan.Path, FileMode.Open, plan.Access, FileShare.ReadWrite, bufferSize: 1, FileOptions.Asynchronous);
            _files[i] = file;
            if (plan.IsDirect)
            {
                LibC.BypassCache(file.SafeFileHandle);
            }

            if (plan.HasNoReadAhead)
            {
                LibC.ExpectRandomAccess(file.SafeFileHandle);
            }
        }
    }

    /// <inheritdoc/>
    internal override ValueTask<int> ReadAsync(int loop, long offset)
    {
        FileStream file = _files[loop];
        file.Seek(offset, SeekOrigin.Begin);
        return file.ReadAsync(this[loop]);
    }

    /// <inheritdoc/>
    internal override ValueTask WriteAsync(int loop, long offset)
    {
        FileStream file = _files[loop];
        file.Seek(offset, SeekOrigin.Begin);
        return file.WriteAsync(this[loop]);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        Array.ForEach(_files, static file => file.Dispose());
        base.Dispose();
    }
}
