using System.Threading.Tasks.Sources;

namespace UringSharp.Engine;

/// <summary>
/// The SynchronizationContext of code that runs on an event loop: what is awaited there goes on there. It outlives its loop in tasks that wait for something foreign, and then
/// holds nothing of it: what they post runs on the thread pool.
/// </summary>
internal sealed class LoopContext : SynchronizationContext
{
    /// <summary>
    /// What ValueTask.AsTask hands to the source of a task, as seen from one: it completes a Task and runs no code of whoever awaits that, unlike
    /// the continuation of ConfigureAwait(false), which asks for the same (no scheduling context).
    /// </summary>
    private static readonly Action<object?>[] s_taskCompletions =
        [AsTaskProbe.VoidCompletion, AsTaskProbe<long>.Completion, AsTaskProbe<PollEvents>.Completion, AsTaskProbe<PipeReadResult>.Completion];

    private CompletionPump? _pump;

    /// <summary>
    /// Whether this code runs on an event loop. The library's own awaits are <c>ConfigureAwait(LoopContext.IsCurrent)</c>: what begins on a loop goes on on it, and what begins elsewhere
    /// goes on on whatever thread ends the wait.
    /// </summary>
    internal static bool IsCurrent => Current is LoopContext;

    /// <summary>The pump of the loop; null before it begins and after it has ended.</summary>
    internal CompletionPump? Pump
    {
        get => Volatile.Read(ref _pump);
        set => Volatile.Write(ref _pump, value);
    }

    /// <summary>Has a callback run on the loop, or where that has ended on the thread pool. Never throws: a foreign task that resumes would take the process with it.</summary>
    /// <param name="d">The callback.</param>
    /// <param name="state">Its argument.</param>
    public override void Post(SendOrPostCallback d, object? state)
    {
        if (Pump is not { } pump || !pump.TryPost(d, state))
        {
            PoolQueue.Add(static posted => posted.d(posted.state), (d, state));
        }
    }

    /// <summary>Runs a callback on the loop and waits for it; at once where this is the loop's thread.</summary>
    /// <param name="d">The callback.</param>
    /// <param name="state">Its argument.</param>
    public override void Send(SendOrPostCallback d, object? state)
    {
        // Whatever context this thread's code has set for itself.
        if (CompletionPump.OfLoopHere is { } here && ReferenceEquals(here, Pump))
        {
            d(state);
            return;
        }

        TaskCompletionSource sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(
            _ =>
            {
                try
                {
                    d(state);
                    sent.SetResult();
                }
                catch (Exception e)
                {
                    sent.SetException(e);
                }
            },
            null);
        sent.Task.GetAwaiter().GetResult();
    }

    /// <summary>There is nothing to copy.</summary>
    /// <returns>This.</returns>
    public override SynchronizationContext CreateCopy() => this;

    /// <summary>
    /// How the continuation of a task of the loop's runs, from what its awaiter asks for. Code that awaits on the loop runs on there when the task is resolved there, without
    /// a detour by <see cref="Post"/>. Whoever leaves the loop by ConfigureAwait(false), or awaits elsewhere, runs on the thread pool.
    /// </summary>
    /// <param name="core">The task's own.</param>
    /// <param name="continuation">The awaiter's.</param>
    /// <param name="flags">What it asks for.</param>
    /// <returns>What to ask of <paramref name="core"/>.</returns>
    internal ValueTaskSourceOnCompletedFlags Choose<T>(
        ref ManualResetValueTaskSourceCore<T> core, Action<object?> continuation, ValueTaskSourceOnCompletedFlags flags)
    {
        const ValueTaskSourceOnCompletedFlags captures = ValueTaskSourceOnCompletedFlags.UseSchedulingContext;
        if ((flags & captures) != 0 && ReferenceEquals(Current, this))
        {
            return flags & ~captures;
        }

        // Where another context is captured this changes nothing.
        core.RunContinuationsAsynchronously = continuation != AsTaskProbe<T>.Completion && Array.IndexOf(s_taskCompletions, continuation) < 0;
        return flags;
    }

    /// <summary>A source of tasks that remembers what is handed to it.</summary>
    private class AsTaskProbe : IValueTaskSource
    {
        private Action<object?>? _continuation;

        /// <summary>Of a task without a result.</summary>
        internal static Action<object?> VoidCompletion { get; } = Probe(static probe => new ValueTask(probe, 0).AsTask());

        /// <inheritdoc/>
        public void GetResult(short token) => throw new NotSupportedException();

        /// <inheritdoc/>
        public ValueTaskSourceStatus GetStatus(short token) => ValueTaskSourceStatus.Pending;

        /// <inheritdoc/>
        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _continuation = continuation;

        private protected static Action<object?> Probe<TProbe>(Func<TProbe, Task> ask)
            where TProbe : AsTaskProbe, new()
        {
            TProbe probe = new();
            _ = ask(probe);
            return probe._continuation!;
        }

        private static Action<object?> Probe(Func<AsTaskProbe, Task> ask) => Probe<AsTaskProbe>(ask);
    }

    /// <summary>As <see cref="AsTaskProbe"/>, of a task with a result.</summary>
    private sealed class AsTaskProbe<T> : AsTaskProbe, IValueTaskSource<T>
    {
        /// <summary>What is handed over.</summary>
        internal static Action<object?> Completion { get; } = Probe<AsTaskProbe<T>>(static probe => new ValueTask<T>(probe, 0).AsTask());

        /// <inheritdoc/>
        T IValueTaskSource<T>.GetResult(short token) => throw new NotSupportedException();
    }
}
