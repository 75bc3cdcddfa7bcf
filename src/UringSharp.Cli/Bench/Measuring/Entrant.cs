using UringSharp.Cli.Bench.Contenders;

namespace UringSharp.Cli.Bench.Measuring;

/// <summary>A contender, and its laps in the order of the rounds.</summary>
internal sealed class Entrant(IContender contender)
{
    private readonly List<Lap> _laps = [];

    internal string Name => contender.Name;

    internal IContender Contender => contender;

    internal IReadOnlyList<Lap> Laps => _laps;

    internal void Add(Lap lap) => _laps.Add(lap);
}
