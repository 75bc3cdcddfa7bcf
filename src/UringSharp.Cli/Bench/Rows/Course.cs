using UringSharp.Cli.Demo;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>Where a loop reads or writes next.</summary>
internal sealed class Course
{
    private readonly int[]? _order;
    private readonly int _blockSize;
    private readonly long _blocks;
    private readonly int _end;
    private SplitMix _random;
    private int _next;

    private Course(int index, long blocks, int blockSize, int[]? order, int next, int end)
    {
        _random = new SplitMix((ulong)index);
        _blocks = blocks;
        _blockSize = blockSize;
        _order = order;
        _next = next;
        _end = end;
    }

    /// <summary>Any block at any time, for each of so many loops.</summary>
    internal static Course[] Random(int loops, long length, int blockSize) =>
        [.. Enumerable.Range(0, loops).Select(i => new Course(i, length / blockSize, blockSize, null, 0, 0))];

    /// <summary>
    /// Every block once, in random order: a faster contender shall not find more in the page cache than a slower one does.
    /// </summary>
    internal static Course[] Once(int loops, long length, int blockSize)
    {
        int blocks = (int)(length / blockSize);
        int[] order = [.. Enumerable.Range(0, blocks)];
        new Random(1).Shuffle(order);
        return [.. Enumerable.Range(0, loops).Select(i =>
            new Course(i, blocks, blockSize, order, (int)((long)blocks * i / loops), (int)((long)blocks * (i + 1) / loops)))];
    }

    /// <summary>The next position; false at the end of the course.</summary>
    internal bool TryNext(out long offset)
    {
        offset = 0;
        if (_order is null)
        {
            offset = _random.Next(_blocks) * _blockSize;
        }
        else if (_next == _end)
        {
            return false;
        }
        else
        {
            offset = (long)_order[_next++] * _blockSize;
        }

        return true;
    }
}
