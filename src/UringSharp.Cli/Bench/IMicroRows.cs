namespace UringSharp.Cli.Bench;

/// <summary>Rows that measure single calls, which a program that has the means for it adds to the benchmark.</summary>
internal interface IMicroRows
{
    /// <summary>What they are called.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Measures those of these names and writes what comes out to standard output.</summary>
    /// <param name="names">Which.</param>
    /// <param name="isQuick">Roughly will do.</param>
    /// <param name="folder">Where files may be made; it is deleted afterwards.</param>
    void Run(IReadOnlyList<string> names, bool isQuick, string folder);
}
