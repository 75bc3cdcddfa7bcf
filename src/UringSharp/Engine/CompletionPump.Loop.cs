using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace UringSharp.Engine;

/// <content>
/// A pump that is an event loop: its home is the thread that began it, no other ever leads, and user code runs on it to the end, which is waited for. See
/// <see cref="UringLoop"/>.
/// </content>
internal sealed partial class CompletionPump
{
    /// <summary>In so many turns what is posted is run when all else has ended, and then given to the pool: code that posts to itself for ever would keep the loop from ending.</summary>
    private const int MaxTurnsForPosted = 1_000;

    /// <summary>
    /// So many calls outside the ring, and all of the first second, are made and waited for while the loop ends: code cleans up by them. Code that calls for ever would keep it
    /// from ending.
    /// </summary>
    private const int MaxCallsWhileEnding = 1_000;
    private static readonly TimeSpan s_timeToCleanUp = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<PostedCall> _posted = new();

    /// <summary>As _ready and _posted, of what comes from the loop's own thread: it needs no queue that others can use.</summary>
    private readonly OperationList<WaitingNeighbours> _readyHere = new();
    private readonly Queue<PostedCall> _postedHere = new();
    private readonly long _stallTime;
    private int _callsOutside;
    private int _callsWhileEnding;
    private long _cleansUpSince;
    private int _turnsForPosted;

    /// <summary>Whether the loop ends, and what is posted is all that it had to wait for when it looked last.</summary>
    private bool _hasOnlyPosted;
    private readonly List<Exception> _failures = [];

    /// <summary>The loop's pump, where this thread is one's; null elsewhere, also in code that has left it.</summary>
    internal static CompletionPump? OfLoopHere => PumpThread.Current?.Pump is { IsLoop: true } pump ? pump : null;

    /// <summary>Whether it is an event loop.</summary>
    [MemberNotNullWhen(true, nameof(LoopContext))]
    internal bool IsLoop => LoopContext is not null;

    /// <summary>The event loop's context.</summary>
    internal LoopContext? LoopContext { get; }

    /// <summary>Whether it has ended.</summary>
    internal bool HasEnded => Volatile.Read(ref _ended);

    /// <summary>Whether an exception of a callback, and not the end of the loop's code, has ended it.</summary>
    internal bool IsEndedByFailure { get; private set; }

    /// <summary>The loop as its users know it.</summary>
    internal UringLoop? Loop { get; init; }

    /// <summary>Whether this is code on an event loop, and other code will run, and maybe submit, before the loop enters the kernel.</summary>
    internal bool MaySubmitMore => IsLoop && PumpThread.Current == _home && !(_pending.IsEmpty && _ready.IsEmpty && HasNothingHere && _posted.IsEmpty);

    /// <summary>Whether nothing that came from the loop's own thread is to be run.</summary>
    private bool HasNothingHere => _readyHere.IsEmpty && _postedHere.Count == 0;

    /// <summary>Called with the time that one callback has held the loop, where that is long.</summary>
    internal Action<TimeSpan>? OnStall { get; init; }

    /// <summary>
    /// Runs the loop on this thread, which began it, until the task ends; and then its end. Everything begun on the loop has ended when it returns.
    /// </summary>
    /// <returns>What callbacks threw that no task has taken, in order.</returns>
    internal IReadOnlyList<Exception> RunLoop(Func<Task> main, out Task? task)
    {
        bool isSuppressed = ExecutionContext.IsFlowSuppressed();
        if (isSuppressed)
        {
            // Else there would be nothing to go back to after each callback.
            ExecutionContext.RestoreFlow();
        }

        PumpThread? outer = _home.EnterLoop(LoopContext!);
        SynchronizationContext? outerContext = SynchronizationContext.Current;
        Task? begun = null;
        TryPost(
            _ =>
            {
                begun = main() ?? throw NoTask();
                begun.ContinueWith(
                    static (_, pump) => ((CompletionPump)pump!).RequestStop(), this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            },
            null);
        try
        {
            _home.RestoreCleanState();
            Lead(_home);
        }
        finally
        {
            LoopContext!.Pump = null;
            SynchronizationContext.SetSynchronizationContext(outerContext);
            _home.LeaveLoop(outer);
            if (isSuppressed)
            {
                _ = ExecutionContext.SuppressFlow();
            }
        }

        task = begun;
        return _failures;
    }

    /// <summary>
    /// Waits for the library's own task in a synchronous call. On a loop's thread nothing could end it but the loop: it goes on meanwhile, with whatever else is ready.
    /// </summary>
    internal static void Wait(Task task)
    {
        if (!task.IsCompleted && OfLoopHere is { } loop)
        {
            // Where it ends on another thread it must end the loop's sleep.
            task.ContinueWith(
                static (_, loop) => ((CompletionPump)loop!).TryPost(static _ => { }, null), loop, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            loop.GoOnUntil(static task => task.IsCompleted, task, NoLimit);
        }

        task.GetAwaiter().GetResult();
    }

    /// <summary>As <see cref="Wait(Task)"/>, on a loop's thread, for something of the library's that no task tells of: it is looked for every millisecond.</summary>
    internal static void WaitOnLoop<TState>(Func<TState, bool> isDone, TState state)
        where TState : class
    {
        if (!isDone(state))
        {
            OfLoopHere!.GoOnUntil(isDone, state, TickNanoseconds);
        }
    }

    /// <summary>As <see cref="Wait(Task)"/>, of a task with a result.</summary>
    internal static T Wait<T>(Task<T> task)
    {
        Wait((Task)task);
        return task.Result;
    }

    /// <summary>Each synchronous call that waits on a loop inside another takes its part of the stack: before that ends the process the call fails, and before it has begun anything.</summary>
    /// <exception cref="InsufficientExecutionStackException">There is not enough left.</exception>
    internal static void RequireStack() => RuntimeHelpers.EnsureSufficientExecutionStack();

    /// <summary>The exception for code that is to return a task, and returns null.</summary>
    internal static InvalidOperationException NoTask() => new("The loop's code has returned no task.");

    /// <summary>Makes turns of the loop inside a callback of it. Each sleeps for so long at most.</summary>
    private void GoOnUntil<TState>(Func<TState, bool> isDone, TState state, long sleepNanoseconds)
        where TState : class
    {
        // What else runs meanwhile finds a clean thread, and the caller what it had set.
        ExecutionContext.Run(
            _home.CleanContext,
            _ =>
            {
                _home.RestoreCleanState();

                // The loop's end may have been about to do without it; what brings about the end of this elsewhere must wake this thread.
                _wakePollCancelled = false;
                while (!isDone(state))
                {
                    BeginTurn(_home);
                    _sleepNanoseconds = sleepNanoseconds;
                    EnterAndReap(_home);
                    _sleepNanoseconds = NoLimit;
                    DispatchOnLoop();
                }
            },
            null);
    }

    /// <summary>Has a callback run on the loop, from any thread. False where the loop has ended.</summary>
    internal bool TryPost(SendOrPostCallback callback, object? state)
    {
        if (HasEnded)
        {
            return false;
        }

        if (PumpThread.Current == _home)
        {
            _postedHere.Enqueue(new PostedCall(callback, state));
            return true;
        }

        _posted.Enqueue(new PostedCall(callback, state));
        Interlocked.MemoryBarrier();
        if (HasEnded)
        {
            // The loop publishes its end before it empties the queue for the last time: one of the two finds it.
            GivePostedToPool();
        }
        else
        {
            WakeLeader();
        }

        return true;
    }

    /// <summary>A call outside the ring begins whose end the loop's end waits for; <see cref="EndCallOutside"/> ends it.</summary>
    internal void BeginCallOutside() => Interlocked.Increment(ref _callsOutside);

    /// <summary>
    /// As <see cref="BeginCallOutside"/>, by the loop's own code. False where too many were begun while the loop ends: it does not wait for this one, which goes on elsewhere as
    /// anything foreign does.
    /// </summary>
    internal bool TryBeginCallOutside()
    {
        if (IsStopping)
        {
            if (_callsWhileEnding++ == 0)
            {
                _cleansUpSince = Stopwatch.GetTimestamp();
            }

            if (_callsWhileEnding > MaxCallsWhileEnding && Stopwatch.GetElapsedTime(_cleansUpSince) > s_timeToCleanUp)
            {
                return false;
            }
        }

        BeginCallOutside();
        return true;
    }

    /// <summary>A call outside the ring has ended: its task ends on its loop, or else on the thread pool.</summary>
    internal void DeliverFromOutside(Operation operation)
    {
        if (IsLoop)
        {
            Deliver(operation);
            EndCallOutside();
        }
        else
        {
            PoolQueue.Add(operation);
        }
    }

    /// <summary>A call outside the ring has ended, and what it leads to is on the loop.</summary>
    internal void EndCallOutside()
    {
        if (Interlocked.Decrement(ref _callsOutside) == 0)
        {
            OnIdle();
        }
    }

    /// <summary>Runs what is ready and what was posted, for a while: then the kernel is asked again.</summary>
    private void DispatchOnLoop()
    {
        if (_ready.IsEmpty && HasNothingHere && _posted.IsEmpty)
        {
            return;
        }

        bool runsPosted = !_hasOnlyPosted || HasNothingPosted || _turnsForPosted++ < MaxTurnsForPosted;
        if (!runsPosted)
        {
            GivePostedToPool();
        }

        long started = Stopwatch.GetTimestamp();
        long before = started;
        do
        {
            // In turn: none of them may starve the others.
            bool isAny = false;
            if (_readyHere.First is { } operation)
            {
                isAny = true;
                _readyHere.Remove(operation);
                before = Run(operation, before);
            }

            if (runsPosted && _postedHere.TryDequeue(out PostedCall call))
            {
                isAny = true;
                before = Run(in call, before);
            }

            if (!_ready.IsEmpty && _ready.TryDequeue(out operation))
            {
                isAny = true;
                before = Run(operation, before);
            }

            if (runsPosted && !_posted.IsEmpty && _posted.TryDequeue(out call))
            {
                isAny = true;
                before = Run(in call, before);
            }

            if (!isAny)
            {
                return;
            }
        }
        while (before - started <= s_batchBudget);
    }

    private long Run(Operation operation, long before)
    {
        Run(operation);
        _home.RestoreCleanState();
        return LookForStall(before);
    }

    private long Run(in PostedCall call, long before)
    {
        try
        {
            call.Callback(call.State);
        }
        catch (Exception e)
        {
            Collect(e);
        }

        _home.RestoreCleanState();
        return LookForStall(before);
    }

    /// <summary>A callback has returned. Returns the time, at which the next begins.</summary>
    private long LookForStall(long before)
    {
        long now = Stopwatch.GetTimestamp();
        _home.BeginContinuation();
        if (now - before > _stallTime)
        {
            var time = Stopwatch.GetElapsedTime(before, now);
            UringEventSource.Log.LoopStalled(_name, time.TotalMilliseconds);
            try
            {
                OnStall?.Invoke(time);
            }
            catch (Exception e)
            {
                Collect(e);
            }

            _home.RestoreCleanState();
        }

        return now;
    }

    /// <summary>What a callback throws, for which there is no task, ends the loop.</summary>
    private void Collect(Exception failure)
    {
        _failures.Add(failure);
        IsEndedByFailure |= !IsStopping;
        RequestStop();
    }

    private bool HasNothingPosted => _posted.IsEmpty && _postedHere.Count == 0;

    /// <summary>Whether the loop has to make another turn for what was posted.</summary>
    private bool WaitsForPosted => IsLoop && !HasNothingPosted && _turnsForPosted < MaxTurnsForPosted;

    private void GivePostedToPool()
    {
        if (PumpThread.Current == _home)
        {
            while (_postedHere.TryDequeue(out PostedCall call))
            {
                PoolQueue.Add(static posted => posted.Callback(posted.State), call);
            }
        }

        while (_posted.TryDequeue(out PostedCall posted))
        {
            PoolQueue.Add(static posted => posted.Callback(posted.State), posted);
        }
    }

    private readonly record struct PostedCall(SendOrPostCallback Callback, object? State);
}
