using Microsoft.Win32.SafeHandles;
using UringSharp.Cli.Interop;

namespace UringSharp.Cli.Bench.Contenders;

/// <summary>By <see cref="RandomAccess"/>.</summary>
internal sealed class RandomAccessBlockFile : BlockFile
{
    private readonly SafeFileHandle _file;

    internal RandomAccessBlockFile(in BlockFilePlan plan)
        : base("RandomAccess", BlockMemory.ForDotNet(plan.Loops, plan.BlockSize, plan.IsDirect))
    {
        _file = File.OpenHandle(plan.Path, FileMode.Open, plan.Access, FileShare.ReadWrite, FileOptions.Asynchronous);
        if (plan.IsDirect)
        {
            LibC.BypassCache(_file);
        }

        if (plan.HasNoReadAhead)
        {
            LibC.ExpectRandomAccess(_file);
        }
    }

    /// <inheritdoc/>
    internal override ValueTask<int> ReadAsync(int loop, long offset) => RandomAccess.ReadAsync(_file, this[loop], offset);

    /// <inheritdoc/>
    internal override ValueTask WriteAsync(int loop, long offset) => RandomAccess.WriteAsync(_file, this[loop], offset);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }
}
