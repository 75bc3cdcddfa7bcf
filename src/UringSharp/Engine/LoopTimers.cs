using UringSharp.Engine.Operations;

namespace UringSharp.Engine;

/// <summary>The timers of an event loop: requests to its ring that need no descriptor.</summary>
internal sealed class LoopTimers(CompletionPump pump) : IoHandle(NoDescriptor, null, pump)
{
    private const int NoDescriptor = -1;

    /// <inheritdoc/>
    internal override Type Owner => typeof(UringLoop);

    /// <summary>Waits for a time to pass.</summary>
    internal ValueTask DelayAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        Acquire();
        return TimeoutOperation.Start(this, time, cancellationToken);
    }

    /// <inheritdoc/>
    private protected override void Close(bool isIdle)
    {
    }
}
