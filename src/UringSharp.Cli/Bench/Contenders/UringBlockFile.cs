using UringSharp.Cli.Interop;

namespace UringSharp.Cli.Bench.Contenders;

/// <summary>By <see cref="UringFile"/>.</summary>
internal sealed class UringBlockFile : BlockFile
{
    private readonly UringContext _context;
    private readonly UringFile _file;

    internal UringBlockFile(in BlockFilePlan plan, ContinuationMode continuations)
        : base("UringSharp", BlockMemory.ForUring(plan.Loops, plan.BlockSize, plan.IsDirect))
    {
        _context = new UringContext(new UringOptions { Continuations = continuations });
        UringFileOptions options = new() { Direct = plan.IsDirect, Context = _context };
        _file = UringFile.OpenAsync(plan.Path, FileMode.Open, plan.Access, options).AsTask().GetAwaiter().GetResult();
        if (plan.HasNoReadAhead)
        {
            LibC.ExpectRandomAccess(_file.SafeFileHandle);
        }
    }

    /// <inheritdoc/>
    internal override ValueTask<int> ReadAsync(int loop, long offset) => _file.ReadAsync(this[loop], offset);

    /// <inheritdoc/>
    internal override ValueTask WriteAsync(int loop, long offset) => _file.WriteAsync(this[loop], offset);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _file.Dispose();
        _context.Dispose();
        base.Dispose();
    }
}
