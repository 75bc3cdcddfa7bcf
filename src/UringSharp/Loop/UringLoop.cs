using System.Runtime.ExceptionServices;
using UringSharp.Engine;

namespace UringSharp;

/// <summary>
/// An event loop on the thread that runs it, with a ring of its own: the place of glommio's LocalExecutor. Files, pipes and handles opened on the loop use that ring, and code that
/// awaits them goes on there, without a hop to another thread and without a lock.
/// </summary>
/// <remarks>
/// <para>
/// <c>await</c> stays on the loop, by its <see cref="SynchronizationContext"/>; <c>ConfigureAwait(false)</c> and <see cref="Task.Run(Action)"/> leave it, and <see cref="Post(Action)"/> and
/// <see cref="InvokeAsync(Func{Task})"/> lead back from anywhere. A handle opened elsewhere works too, through its own context.
/// </para>
/// <para>
/// The loop is held by code that computes or blocks: nothing else runs on it meanwhile (see <see cref="UringLoopOptions.Stalled"/>). Synchronous members of this library's types drive the
/// loop while they wait: other code runs on it inside them, and of two such calls, one inside the other, the inner one returns first. Anything else that blocks until the loop has
/// done something, <see cref="Task.Wait()"/> or <see cref="Task{TResult}.Result"/>, waits for ever.
/// </para>
/// <para>
/// When the task of <see cref="Run(Func{Task}, UringLoopOptions?)"/> has ended, so does the loop: new operations are refused, pending ones are cancelled and end with
/// <see cref="ObjectDisposedException"/>, and the code that awaits them runs on, its <c>finally</c> blocks too, on the loop. What the kernel cannot cancel is waited for: a flush to a
/// disk that hangs holds up the end of the loop. Then the ring is given back. Code that awaits something foreign (<see cref="Task.Delay(TimeSpan)"/>, a channel) cannot be ended by the
/// loop: when that ends, later, it goes on on the thread pool.
/// </para>
/// <para>An exception for which there is no task, of a posted callback or of an <c>async void</c> method, ends the loop and is thrown by <c>Run</c>.</para>
/// </remarks>
public sealed class UringLoop
{
    private static int s_number;

    private readonly LoopContext _context = new();
    private readonly CompletionPump _pump;
    private readonly LoopTimers _timers;

    /// <param name="options">How to set it up; null for the defaults.</param>
    /// <param name="name">Its name in events; null for one of its own.</param>
    internal UringLoop(UringLoopOptions? options, string? name = null)
    {
        options ??= new UringLoopOptions();

        // Loading an assembly needs a descriptor; there may be none when the first event is to be written.
        _ = UringEventSource.Log;
        _pump = new CompletionPump(
            name ?? $"uring-loop-{Interlocked.Increment(ref s_number)}", options.Backend, options.QueueDepth, ContinuationMode.Inline, options.BusyPoll, _context,
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
    /// <exception cref="ArgumentNullException"><paramref name="main"/> is null.</exception>
    /// <exception cref="InvalidOperationException">A loop runs on this thread already; or the code has returned no task.</exception>
    /// <exception cref="UringNotSupportedException">io_uring cannot be used here; the message says why.</exception>
    /// <exception cref="IOException">A limit of the process or the system is reached; HResult is the errno of io_uring_setup(2) or eventfd(2).</exception>
    /// <exception cref="Exception">
    /// What the task ended with, as it was thrown; or what a callback threw for which there is no task, where that ended the loop, or where the task ended well. Of several the first; the
    /// others are told to the event source "UringSharp".
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
    /// <exception cref="ArgumentNullException"><paramref name="callback"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public void Post(Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        Post(static callback => ((Action)callback!)(), callback);
    }

    /// <summary>As <see cref="Post(Action)"/>, with an argument: a static lambda allocates nothing.</summary>
    /// <param name="callback">The callback. What it throws ends the loop.</param>
    /// <param name="state">Its argument.</param>
    /// <inheritdoc cref="Post(Action)" path="/exception"/>
    public void Post(SendOrPostCallback callback, object? state)
    {
        ArgumentNullException.ThrowIfNull(callback);
        if (!_pump.TryPost(callback, state))
        {
            throw _pump.Disposed();
        }
    }

    /// <summary>Runs code on the loop, from any thread, after what was posted before.</summary>
    /// <param name="callback">The code.</param>
    /// <returns>Ends when the code has returned, with what it throws; with <see cref="ObjectDisposedException"/> where the loop ends before it has begun.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="callback"/> is null.</exception>
    /// <exception cref="ObjectDisposedException">The loop has ended.</exception>
    public Task InvokeAsync(Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return Invoke(() =>
        {
            callback();
            return Task.CompletedTask;
        }).Unwrap();
    }

    /// <summary>Runs code on the loop, and what it awaits, from any thread, after what was posted before. When the loop has ended, code that awaits something foreign goes on on the thread pool.</summary>
    /// <param name="callback">The code.</param>
    /// <returns>Ends as the code's task does; with <see cref="ObjectDisposedException"/> where the loop ends before it has begun.</returns>
    /// <inheritdoc cref="InvokeAsync(Action)" path="/exception"/>
    public Task InvokeAsync(Func<Task> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return Invoke(callback).Unwrap();
    }

    /// <summary>As <see cref="InvokeAsync(Func{Task})"/>, of code that yields something.</summary>
    /// <typeparam name="T">What it yields.</typeparam>
    /// <param name="callback">The code.</param>
    /// <returns>Ends as the code's task does; with <see cref="ObjectDisposedException"/> where the loop ends before it has begun.</returns>
    /// <inheritdoc cref="InvokeAsync(Action)" path="/exception"/>
    public Task<T> InvokeAsync<T>(Func<Task<T>> callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return Invoke(callback).Unwrap();
    }

    /// <summary>
    /// Waits on the ring's own timer (IORING_OP_TIMEOUT) for a time to pass, without a thread; on the loop or elsewhere. Also zero goes to the kernel and back: to let others run,
    /// <see cref="Task.Yield"/> is cheaper.
    /// </summary>
    /// <param name="delay">The time, not negative; <see cref="Timeout.InfiniteTimeSpan"/> waits for the token.</param>
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

        // Where one has ended the loop, the task of its code knows that end at most, and not why.
        bool isThrown = failures.Count > 0 && (_pump.IsEndedByFailure || task is not { IsFaulted: true });
        foreach (Exception untold in failures.Skip(isThrown ? 1 : 0))
        {
            UringEventSource.Log.LoopCallbackFailed(_pump.Name, untold.ToString());
        }

        if (isThrown)
        {
            ExceptionDispatchInfo.Throw(failures[0]);
        }

        return task!;
    }

    private static void ThrowIfNested()
    {
        if (CompletionPump.OfLoopHere is not null)
        {
            throw new InvalidOperationException("A loop runs on this thread already. Await the code instead; UringLoop.Current is the loop.");
        }
    }

    private Task<TTask> Invoke<TTask>(Func<TTask> callback)
        where TTask : Task
    {
        TaskCompletionSource<TTask> begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                // What the loop did not come to before its end runs elsewhere.
                begun.SetResult(CompletionPump.OfLoopHere != _pump ? throw _pump.Disposed() : callback() ?? throw CompletionPump.NoTask());
            }
            catch (Exception e)
            {
                begun.SetException(e);
            }
        });
        return begun.Task;
    }
}
