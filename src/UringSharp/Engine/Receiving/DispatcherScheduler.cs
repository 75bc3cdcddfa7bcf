using System.IO.Pipelines;

namespace UringSharp.Engine.Receiving;

/// <summary>Runs what waits for bytes where continuations of the pump run, whoever brings the bytes or cancels the wait.</summary>
internal sealed class DispatcherScheduler(CompletionPump pump) : PipeScheduler
{
    /// <inheritdoc/>
    public override void Schedule(Action<object?> action, object? state) => CallbackOperation.Deliver(pump, action, state);
}
