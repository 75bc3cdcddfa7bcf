using UringSharp.Cli.Bench;

namespace UringSharp.Tests.Cli.Bench;

/// <summary>A row that does nothing.</summary>
internal sealed class FakeRow(Bars bars, Unit unit = Unit.OperationsPerSecond) : Row("fake-4k", unit, bars)
{
    internal override string Description => "nothing";

    internal override Contest Open(BenchSession session) => throw new NotSupportedException();
}
