using UringSharp.Cli.Bench.Contenders;

namespace UringSharp.Cli.Bench;

/// <summary>Who does the work of a row: UringSharp, what .NET has, and plain C.</summary>
internal sealed class Contest(IContender ours, IReadOnlyList<IContender> baselines, IContender? ceiling, params IEnumerable<IDisposable> owned) : IDisposable
{
    internal IContender Ours => ours;

    /// <summary>The fastest of these is the one to compare with.</summary>
    internal IReadOnlyList<IContender> Baselines => baselines;

    /// <summary>Null also where its program is not there, or cannot work.</summary>
    internal IContender? Ceiling => ceiling is CeilingContender { CanRun: false } ? null : ceiling;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable thing in owned)
        {
            thing.Dispose();
        }
    }
}
