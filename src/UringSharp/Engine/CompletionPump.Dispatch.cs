using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace UringSharp.Engine;

/// <content>Where continuations run.</content>
internal sealed partial class CompletionPump
{
    /// <summary>How long a batch of continuations may run before the kernel is asked again and, in adaptive mode, the thread pool for help.</summary>
    private static readonly long s_batchBudget = Stopwatch.Frequency / 20_000;

    private readonly SpillHelper _spillHelper;
    private readonly PoolHelper _poolHelper;
    private readonly ConcurrentQueue<Operation> _forPool = new();
    private int _spillHelpers;

    /// <summary>Runs what is ready, here or on the pool. False when the lead was lost meanwhile.</summary>
    private bool Dispatch(PumpThread thread)
    {
        if (!MayRunUserCode())
        {
            DispatchToPool();
            return true;
        }

        long user = EnterUserCode(thread);
        long started = Stopwatch.GetTimestamp();

        // The end waits for no user code, so none is begun: who asked for it has seen either that we are in user code, or is seen here.
        while (Volatile.Read(ref _stopRequested) == 0 && _ready.TryDequeue(out Operation? operation))
        {
            thread.BeginContinuation();
            Run(operation);
            thread.RestoreCleanState();
            if (Volatile.Read(ref _lead) != user)
            {
                break;
            }

            if (Stopwatch.GetTimestamp() - started > s_batchBudget)
            {
                if (_mode == ContinuationMode.Adaptive)
                {
                    CallForHelp();
                }

                break;
            }
        }

        return TryLeaveUserCode(thread, user);
    }

    /// <summary>Sends everything that is ready to the thread pool.</summary>
    private void DispatchToPool()
    {
        bool isAny = false;
        while (_ready.TryDequeue(out Operation? operation))
        {
            _forPool.Enqueue(operation);
            isAny = true;
        }

        if (isAny)
        {
            _poolHelper.Request();
        }
    }

    /// <summary>
    /// Asks the thread pool to take its share of what is ready. Nothing is handed over: helpers take from the same queue as the leader, so a pool
    /// whose threads are all blocked holds up nobody.
    /// </summary>
    private void CallForHelp()
    {
        if (!_ready.IsEmpty && Volatile.Read(ref _spillHelpers) < Environment.ProcessorCount)
        {
            Interlocked.Increment(ref _spillHelpers);
            PoolQueue.Add(_spillHelper);
        }
    }

    private void Run(Operation operation)
    {
        try
        {
            operation.Resolve();
        }
        catch (Exception e)
        {
            // Only a raw callback gets here. It ends the process as it would anywhere else, but not by way of the pump; a loop ends with it.
            if (IsLoop)
            {
                Collect(e);
                return;
            }

            PoolQueue.Add(static failure => failure.Throw(), ExceptionDispatchInfo.Capture(e));
        }
    }

    /// <summary>Whether user code may run on the leader: a free thread must be there to take over, and the submitting threads must not have proved uninterruptible.</summary>
    private bool MayRunUserCode()
    {
        if (_mode == ContinuationMode.ThreadPool || Volatile.Read(ref _hasRetreated) || _tearingDown)
        {
            return false;
        }

        // The last free thread of the pump never runs user code.
        return _mode == ContinuationMode.Inline || EnsureMonitor();
    }

    /// <summary>
    /// Runs on the pool what was sent there. Queueing each operation by itself would wake a thread for each; here a thread asks for one more, before it runs
    /// user code, while there is more to do, so that what blocks there holds up nothing.
    /// </summary>
    private sealed class PoolHelper(CompletionPump pump) : IThreadPoolWorkItem
    {
        /// <summary>So many in a row; then others in the pool's queue have their turn.</summary>
        private const int MaxInARow = 64;

        private int _isRequested;

        /// <summary>Sees to it that a thread of the pool will look.</summary>
        internal void Request()
        {
            if (Interlocked.Exchange(ref _isRequested, 1) == 0)
            {
                PoolQueue.Add(this);
            }
        }

        /// <inheritdoc/>
        public void Execute()
        {
            // A full fence: whoever adds something from here on requests anew, and what was added before is seen.
            Interlocked.Exchange(ref _isRequested, 0);
            var cleanContext = ExecutionContext.Capture();
            for (int i = 0; i < MaxInARow && pump._forPool.TryDequeue(out Operation? operation); i++)
            {
                if (!pump._forPool.IsEmpty)
                {
                    Request();
                }

                pump.Run(operation);
                CleanThread.Restore(cleanContext);
            }

            if (!pump._forPool.IsEmpty)
            {
                Request();
            }
        }
    }

    /// <summary>Runs on the pool, from <see cref="CallForHelp"/> until nothing is ready.</summary>
    private sealed class SpillHelper(CompletionPump pump) : IThreadPoolWorkItem
    {
        /// <inheritdoc/>
        public void Execute()
        {
            var cleanContext = ExecutionContext.Capture();
            while (pump._ready.TryDequeue(out Operation? operation))
            {
                Interlocked.Increment(ref pump._spilled);
                pump.Run(operation);
                CleanThread.Restore(cleanContext);
            }

            Interlocked.Decrement(ref pump._spillHelpers);
        }
    }
}
