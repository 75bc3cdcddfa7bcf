using UringSharp.Cli.Bench.Contenders;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>Reads that wait for a pipe are cancelled, one after another. FileStream has nothing to compare: its reads hang.</summary>
internal abstract class CancelRow(string name, Unit unit, int pipes) : PipeRow(name, unit, new Bars())
{
    /// <inheritdoc/>
    protected sealed override IReadOnlyList<string> Baselines => [];

    /// <inheritdoc/>
    internal sealed override IContender Enter(string contender, PipeSite site)
    {
        UringContext context = new();
        return Enter(contender, context, Array.ConvertAll(site.MakePipes(pipes), path => PipeEnds.OpenReader(context, path)));
    }

    /// <summary>The contender, who has pipes that nobody writes to.</summary>
    protected abstract IContender Enter(string contender, UringContext context, UringPipeStream[] pipes);
}
