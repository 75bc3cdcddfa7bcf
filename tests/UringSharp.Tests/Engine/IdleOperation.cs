using UringSharp.Engine;

namespace UringSharp.Tests.Engine;

/// <summary>An operation that stands in queues, lists and slots, and is never run.</summary>
internal sealed class IdleOperation : Operation
{
    /// <summary>Which thread made it.</summary>
    public int Maker { get; init; }

    /// <summary>Its number among those of that thread.</summary>
    public int Number { get; init; }

    internal override void Prepare(Ring ring, ulong userData) => throw new NotSupportedException();

    internal override bool OnCompletion(int result) => throw new NotSupportedException();

    protected override void Recycle() => throw new NotSupportedException();

    protected override Exception CreateException(int errno) => throw new NotSupportedException();
}
