using UringSharp.Cli.Interop;

namespace UringSharp.Cli.Bench.Contenders;

/// <summary>By <see cref="UringFile"/>.</summary>
internal sealed class UringBlockFile : BlockFile
{
    private readonly UringContext? _context;
    private readonly UringFile _file;

    internal UringBlockFile(in BlockFilePlan plan, ContinuationMode continuations)
        : this(plan, new UringContext(new UringOptions { Continuations = continuations }), static (plan, context) => OpenAsync(plan, context).GetAwaiter().GetResult())
    {
    }

    /// <summary>On an event loop.</summary>
    internal UringBlockFile(in BlockFilePlan plan, UringLoop loop)
        : this(plan, null, (plan, _) => loop.InvokeAsync(() => OpenAsync(plan, null)).GetAwaiter().GetResult())
    {
    }

    private UringBlockFile(in BlockFilePlan plan, UringContext? context, Func<BlockFilePlan, UringContext?, UringFile> open)
        : base("UringSharp", BlockMemory.ForUring(plan.Loops, plan.BlockSize, plan.IsDirect))
    {
        _context = context;
        _file = open(plan, context);
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
        _context?.Dispose();
        base.Dispose();
    }

    private static Task<UringFile> OpenAsync(in BlockFilePlan plan, UringContext? context) =>
        UringFile.OpenAsync(plan.Path, FileMode.Open, plan.Access, new UringFileOptions { Direct = plan.IsDirect, Context = context }).AsTask();
}
