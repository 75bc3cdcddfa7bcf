using System.Diagnostics;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine.Operations;

/// <summary>Waits for a time to pass: IORING_OP_TIMEOUT.</summary>
internal sealed unsafe class TimeoutOperation : Operation
{
    private const long Forever = -1;

    /// <summary>What the kernel is told instead of for ever: it adds the present time.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(10_000);

    // On the pinned heap: the kernel reads it when the submission is entered, which is after Prepare has returned.
    private readonly NativeTimespec[] _span = GC.AllocateArray<NativeTimespec>(1, pinned: true);
    private long _end;

    /// <summary>It ends when its time has come.</summary>
    internal override bool IsBounded => false;

    /// <summary>Starts it. The caller has acquired the handle.</summary>
    internal static ValueTask Start(IoHandle handle, TimeSpan time, CancellationToken cancellationToken)
    {
        TimeoutOperation operation = OperationPool<TimeoutOperation>.Rent();
        operation._end = time == Timeout.InfiniteTimeSpan ? Forever : Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        return new ValueTask(operation, operation.Launch(handle, cancellationToken));
    }

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData)
    {
        TimeSpan left = s_longest;
        if (_end != Forever)
        {
            left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), _end);
            left = left < TimeSpan.Zero ? TimeSpan.Zero : left > s_longest ? s_longest : left;
        }

        (long seconds, long ticks) = Math.DivRem(left.Ticks, TimeSpan.TicksPerSecond);
        _span[0] = new NativeTimespec { Seconds = seconds, Nanoseconds = ticks * TimeSpan.NanosecondsPerTick };

        // SAFETY: the array lies on the pinned heap, and this object is in the slot table until the kernel has answered; the leader has seen that there is room.
        fixed (NativeTimespec* span = _span)
        {
            Ring.RequirePrepared(NativeMethods.PrepareTimeout(ring.Native, userData, span));
        }
    }

    /// <inheritdoc/>
    internal override bool OnCompletion(int result) =>

        // A time too long for the kernel is waited for in parts; and one that its clock ends a moment before ours goes once more: never early.
        result != -Errno.ETIME ? FailOrRetry(result)
        : _end == Forever || Stopwatch.GetTimestamp() < _end ? EndEarlyOrRetry()
        : Succeed(0);

    /// <inheritdoc/>
    protected override void Recycle() => OperationPool<TimeoutOperation>.Return(this);
}
