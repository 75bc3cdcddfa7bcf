using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Contenders;

/// <summary>One way to do the work of a row.</summary>
internal interface IContender
{
    string Name { get; }

    /// <summary>Brings files and caches into the state a lap begins with. Not measured.</summary>
    void Prepare();

    /// <summary>Runs for a time, or to the end of the work.</summary>
    Lap Run(TimeSpan length, CancellationToken cancellationToken);
}
