using System.Runtime.ExceptionServices;
using UringSharp.Engine;

namespace UringSharp;

/// <summary>
/// An event loop on the thread that runs it, with a ring of its own: the place of glommio's LocalExecutor. Files, pipes and handles opened on the loop use that ring, and code that
/// awaits them goes on there, without a hop to another thread and without a lock.
/// <para>
/// <c>await</c> stays on the loop, by its <see cref="SynchronizationContext"/>; <c>ConfigureAwait(false)</c> and <see cref="Task.Run(Action)"/> leave it, and <see cref="Post(Action)"/> and
/// <see cref="InvokeAsync(Func{Task})"/> lead back from anywhere. A handle opened elsewhere works too, through its own context.
/// </para>
/// <para>
/// The loop is held by code that computes or blocks: nothing else runs on it meanwhile (see <see cref="UringLoopOptions.Stalled"/>), and code that blocks until another operation of the
/// loop has ended waits for ever.
/// </para>
/// <para>
/// When the task of <see cref="Run(Func{Task}, UringLoopOptions?)"/> has ended, so does the loop: new operations are refused, pending ones are cancelled and end with
/// <see cref="ObjectDisposedException"/>, and the code that awaits them runs on, its <c>finally</c> blocks too, on the loop. Then the ring is given back. Code that awaits something
/// foreign (<see cref="Task.Delay(TimeSpan)"/>, a channel) cannot be ended by the loop: when that ends, later, it goes on on the thread pool. An exception for which there is no task, of a posted callback or
/// of an <c>async void</c> method, ends the loop and is thrown by <c>Run</c>.
/// </para>
/// </summary>
public sealed class UringLoop
{
    private static int s_number;

    private readonly LoopContext _context = new();
    private readonly CompletionPump _pump;
    private readonly LoopTimers _timers;

    internal UringLoop(UringLoopOptions? options)
    {
        options ??= new UringLoopOptions();

        // Loading an assembly needs a descriptor; there may be none when the first event is to be written.
        _ = UringEventSource.Log;
        _pump = new CompletionPump(
            $"uring-loop-{Interlocked.Increment(ref s_number)}", options.QueueDepth, ContinuationMode.Inline, options.BusyPoll, _context,
            options.StallThreshold == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : options.StallThreshold)
        {
            OnStall = options.Stalled,
            Loop = this,
        };
        _timers = new LoopTimers(_pump);
    }

    /// <summary>The loop this code runs on; null elsewhere, also in code that has left it.</summary>
    public static UringLoop? Current => System.Threading.SynchronizationContext.Current is LoopContext ? CompletionPump.OfLoopHere?.Loop : null;

    /// <summary>What makes code run on the loop. Its Post never throws: what is posted after the end of the loop runs on the thread pool, without a context.</summary>
    public SynchronizationContext SynchronizationContext => _context;

    /// <summary>Runs code, and what it awaits, on an event loop on this thread, until its task ends; and then the end of the loop, see the remarks on this class.</summary>
    /// <param name="main">The code.</param>
    /// <param name="options">How to set up the loop; null for the defaults.</param>
    /// <exception cref="InvalidOperationException">A loop runs on this thread already.</exception>
    /// <exception cref="UringNotSupportedException">io_uring cannot be used here; the message says why.</exception>
    /// <exception cref="IOException">A limit of the process or the system is reached; HResult is the errno of io_uring_setup(2) or eventfd(2).</exception>
    /// <exception cref="Exception">
    /// What the task ended with, as it was thrown; or what a callback threw for which there is no task, where that ended the loop, or where the task ended well.
    /// </exception>
    public static void Run(Func<Task> main, UringLoopOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(main);
        ThrowIfNested();
        new UringLoop(options).RunHere(main).GetAwaiter().GetResult();
    }

    /// <summary>As <see cref="Run(Func{Task}, UringLoopOptions?)"/>, of code that yields something.</summary>
    /// <typeparam name="T">What it yields.</typeparam>
    /// <param name="main">The code.</param>
    /// <param name="options">How to set up the loop; null for the defaults.</param>
    /// <returns>What the task yields.</returns>
    /// <inheritdoc cref="Run(Func{Task}, UringLoopOptions?)" path="/exception"/>
    public static T Run<T>(Func<Task<T>> main, UringLoopOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(main);
        ThrowIfNested();
        return ((Task<T>)new UringLoop(options).RunHere(main)).GetAwaiter().GetResult();
    }

    /// <summary>Has a callback run on the loop, from any thread, after what was posted before.</summary>
    /// <param name="callback">The callback. What it throws ends the loop.</param>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public void Post(Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Post(static callback => ((Action)callback!)(), callback);
    }

    /// <summary>As <see cref="Post(Action)"/>, with an argument: a static lambda allocates nothing.</summary>
    /// <param name="callback">The callback. What it throws ends the loop.</param>
    /// <param name="state">Its argument.</param>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public void Post(SendOrPostCallback callback, object? state)
    {
        ArgumentNullException.ThrowIfNull(callback);
        ObjectDisposedException.ThrowIf(!_pump.TryPost(callback, state), this);
    }

    /// <summary>Runs code on the loop, from any thread.</summary>
    /// <param name="callback">The code.</param>
    /// <returns>Ends when the code has returned, with what it throws.</returns>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public Task InvokeAsync(Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return InvokeAsync(() =>
        {
            callback();
            return Task.FromResult(0);
        });
    }

    /// <summary>Runs code on the loop, and what it awaits, from any thread.</summary>
    /// <param name="callback">The code.</param>
    /// <returns>Ends as the code's task does.</returns>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public Task InvokeAsync(Func<Task> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return InvokeAsync(async () =>
        {
            await callback().ConfigureAwait(LoopContext.IsCurrent);
            return 0;
        });
    }

    /// <summary>Runs code on the loop, and what it awaits, from any thread.</summary>
    /// <typeparam name="T">What it yields.</typeparam>
    /// <param name="callback">The code.</param>
    /// <returns>Ends as the code's task does.</returns>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public Task<T> InvokeAsync<T>(Func<Task<T>> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        TaskCompletionSource<T> invoked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() => _ = CompleteAsync());
        return invoked.Task;

        async Task CompleteAsync()
        {
            try
            {
                invoked.SetResult(await callback().ConfigureAwait(LoopContext.IsCurrent));
            }
            catch (OperationCanceledException e)
            {
                invoked.SetCanceled(e.CancellationToken);
            }
            catch (Exception e)
            {
                invoked.SetException(e);
            }
        }
    }

    /// <summary>Waits on the ring's own timer for a time to pass, without a thread; on the loop or elsewhere.</summary>
    /// <param name="delay">The time; <see cref="Timeout.InfiniteTimeSpan"/> waits for the token.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Ends when the time has passed, never before.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative, and not infinite.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The loop has ended, or ended meanwhile.</exception>
    public ValueTask Delay(TimeSpan delay, CancellationToken cancellationToken = default)
    {
        if (delay != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        }

        return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled(cancellationToken) : _timers.DelayAsync(delay, cancellationToken);
    }

    /// <summary>What the loop has done so far, from any thread.</summary>
    /// <returns>The figures of its ring.</returns>
    public UringStatistics GetStatistics()
    {
        UringStatistics total = new() { Rings = 1 };
        _pump.AddTo(ref total);
        return total;
    }

    /// <summary>Runs the loop on this thread, which made it. Returns the task of its code, which has not ended where a callback's exception has ended the loop.</summary>
    internal Task RunHere(Func<Task> main)
    {
        IReadOnlyList<Exception> failures = _pump.RunLoop(main, out Task? task);
        if (failures.Count > 0 && (_pump.IsEndedByFailure || task is not { IsFaulted: true }))
        {
            // Where it has ended the loop, the task of its code knows that end at most, and not why.
            ExceptionDispatchInfo.Throw(failures[0]);
        }

        return task!;
    }

    internal static void ThrowIfNested()
    {
        if (CompletionPump.OfLoopHere is not null)
        {
            throw new InvalidOperationException("A loop runs on this thread already: what it awaits runs on it without another one.");
        }
    }
}
