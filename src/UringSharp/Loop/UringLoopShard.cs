namespace UringSharp;

/// <summary>One loop of a <see cref="UringLoopGroup"/> as its code sees it: its share of the work is that of its <see cref="Index"/>.</summary>
public sealed class UringLoopShard
{
    private readonly UringLoopShard[] _all;

    internal UringLoopShard(UringLoopShard[] all, int index, UringLoop loop, int? processor, CancellationToken stopping)
    {
        _all = all;
        Index = index;
        Loop = loop;
        Processor = processor;
        Stopping = stopping;
    }

    /// <summary>Its number in the group; 0 to <see cref="Count"/> - 1.</summary>
    public int Index { get; }

    /// <summary>Loops in the group.</summary>
    public int Count => _all.Length;

    /// <summary>Its loop.</summary>
    public UringLoop Loop { get; }

    /// <summary>The processor its thread stays on; null where it may run on any.</summary>
    public int? Processor { get; }

    /// <summary>Cancelled when the group is to stop: <see cref="UringLoopGroup.Stop"/>, or another loop of it has failed. Code that runs until it is stopped ends then.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>
    /// Another loop of the group, to <see cref="UringLoop.Post(Action)"/> to. All are there before the code of any begins; each ends when its own code has, and then refuses
    /// what is posted.
    /// </summary>
    /// <param name="index">Its number.</param>
    /// <returns>The loop.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such loop.</exception>
    public UringLoop LoopAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _all[index].Loop;
    }
}
