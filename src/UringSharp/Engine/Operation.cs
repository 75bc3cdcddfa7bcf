using System.Threading.Tasks.Sources;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <summary>Where an operation stands. Read and written by the leader alone.</summary>
internal enum OperationPhase : byte
{
    /// <summary>Made, maybe queued; the leader has not seen it.</summary>
    New,

    /// <summary>In one of the leader's lists, waiting to be submitted.</summary>
    Waiting,

    /// <summary>In a list of its own kind, until the leader queues or ends it; see <see cref="CompletionPump.Park"/>.</summary>
    Parked,

    /// <summary>In the kernel's hands.</summary>
    InFlight,

    /// <summary>Its outcome is fixed.</summary>
    Finished,
}

/// <summary>Who asked first that an operation end early.</summary>
internal enum CancellationCause
{
    /// <summary>Nobody.</summary>
    None,

    /// <summary>The caller's token.</summary>
    Token,

    /// <summary>The file or pipe was disposed.</summary>
    HandleDisposed,

    /// <summary>The context was disposed.</summary>
    ContextDisposed,
}

/// <summary>What the leader does with an operation whose turn has come.</summary>
internal enum OperationStart
{
    /// <summary>Prepare its submission.</summary>
    Submit,

    /// <summary>It has put itself in a list and will be queued again.</summary>
    Parked,

    /// <summary>It ended without the ring.</summary>
    Finished,
}

/// <summary>
/// One request and the task of it: a pooled value-task source. Four parties may hold it: the engine (from submission until the continuation has
/// run), the consumer (until GetResult), a token's callback (until it was unregistered or has run) and the queue of cancellations.
/// It returns to its pool when the last lets go, so none of them can ever meet another request in the same object.
/// It references the descriptor it works on, never the stream a user holds.
/// </summary>
internal abstract class Operation : IValueTaskSource<int>, IValueTaskSource, IThreadPoolWorkItem
{
    /// <summary>Marks a queue as closed.</summary>
    internal static readonly Operation Closed = new ClosedMarker();

    internal Operation? NextCancellation;
    internal OperationNeighbours Waiting;
    internal OperationNeighbours OfHandle;

    private const int MaxRetries = 16;
    private const int RetrySpanMilliseconds = 100;
    private const int Consumed = int.MinValue;

    private static readonly Action<object?> s_tokenCancelled = static state => ((Operation)state!).OnTokenCancelled();

    private ManualResetValueTaskSourceCore<int> _core;
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;
    private Exception? _failure;

    /// <summary>The list it waits in, or the thread that submitted it, or the pump that delivers an answer that was there at once: it is in one of these hands only.</summary>
    private object? _whereabouts;
    private int _result;
    private int _references;
    private int _cause;
    private int _unconsumedVersion;
    private int _lastRetry;
    private byte _retries;
    private bool _runsOnPool;
    private bool _isAwaited;
    private bool _servesHandle;
    private int _unawaitedSince;
    private Ending _ending;

    private enum Ending : byte
    {
        Success,
        Errno,
        Exception,
        Cancelled,
    }

    /// <summary>The descriptor it works on; null for an answer that was there at once.</summary>
    internal IoHandle? Handle { get; private set; }

    /// <summary>The pump that owns it.</summary>
    internal CompletionPump Pump => Handle!.Pump;

    /// <summary>The list it is in while <see cref="OperationPhase.Waiting"/> or <see cref="OperationPhase.Parked"/>.</summary>
    internal OperationList<WaitingNeighbours>? WaitingIn
    {
        get => (OperationList<WaitingNeighbours>?)_whereabouts;
        set => _whereabouts = value;
    }

    /// <summary>The thread that submitted it, which must outlive it (kernel fact R2).</summary>
    internal PumpThread? Submitter
    {
        get => (PumpThread?)_whereabouts;
        set => _whereabouts = value;
    }

    /// <summary>Slot and generation while in flight.</summary>
    internal ulong UserData { get; set; }

    /// <summary>Where it stands.</summary>
    internal OperationPhase Phase { get; set; }

    /// <summary>Whether the kernel ends it in bounded time, so that it may be held back while the completion queue is spoken for.</summary>
    internal virtual bool IsBounded => true;

    /// <summary>Why it should end early.</summary>
    internal CancellationCause Cause => (CancellationCause)Volatile.Read(ref _cause);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _isAwaited = true;
        if ((Handle?.Pump ?? _whereabouts as CompletionPump)?.LoopContext is { } loop)
        {
            flags = loop.Choose(ref _core, continuation, flags);
        }

        _core.OnCompleted(continuation, state, token, flags);
    }

    /// <inheritdoc/>
    public int GetResult(short token)
    {
        BeginConsume(token);
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            Release();
        }
    }

    /// <inheritdoc/>
    void IValueTaskSource.GetResult(short token) => GetResult(token);

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute()
    {
        if (_runsOnPool)
        {
            TransferThread.Run(this);
        }
        else
        {
            Resolve();
        }
    }

    /// <summary>Called by the leader when its turn has come, before each submission.</summary>
    internal virtual OperationStart OnStart() => OperationStart.Submit;

    /// <summary>Prepares its submission; there is room for it.</summary>
    internal abstract void Prepare(Ring ring, ulong userData);

    /// <summary>Called by the leader with the kernel's answer. True when the outcome is set, false to go on with another submission.</summary>
    internal abstract bool OnCompletion(int result);

    /// <summary>As <see cref="OnCompletion(int)"/>, for an operation that looks at the flags of its completion.</summary>
    internal virtual bool OnCompletion(int result, NativeCompletionFlags flags) => OnCompletion(result);

    /// <summary>Called by the leader with an answer behind which more will come: the operation stays in the kernel's hands. Must not throw.</summary>
    internal virtual void OnPartialCompletion(int result, NativeCompletionFlags flags) => throw new NotSupportedException();

    /// <summary>Whether its outcome is that it ended early.</summary>
    internal bool HasEndedEarly => _ending == Ending.Cancelled;

    /// <summary>Whether it may take as long as a disk likes, made on a thread: that says nothing about the disk.</summary>
    internal virtual bool TakesLong => false;

    /// <summary>Whether <see cref="TryNow"/> may end it sooner than the ring, where the leader has the time to try.</summary>
    internal virtual bool IsWorthTrying => false;

    /// <summary>The leader tries it once more instead of submitting it. True when the outcome is set.</summary>
    internal virtual bool TryNow() => false;

    /// <summary>It was tried for long enough, and is submitted next.</summary>
    internal virtual void GiveUpTrying()
    {
    }

    /// <summary>Called by the leader once the outcome is fixed, whatever it is.</summary>
    internal virtual void OnFinished()
    {
    }

    /// <summary>
    /// Whether nobody awaits it, nor did when this was asked so many milliseconds ago: somebody may have its task and come to await it. What was never meant to be awaited is
    /// forgotten at once. The leader's.
    /// </summary>
    internal bool IsForgotten(int patience)
    {
        if (_isAwaited || _servesHandle)
        {
            return _servesHandle;
        }

        int now = Environment.TickCount | 1;
        if (_unawaitedSince == 0)
        {
            _unawaitedSince = now;
            return false;
        }

        return unchecked(now - _unawaitedSince) >= patience;
    }

    /// <summary>Asks it to end early. True for the first who asks.</summary>
    internal bool TrySetCause(CancellationCause cause) =>
        Interlocked.CompareExchange(ref _cause, (int)cause, (int)CancellationCause.None) == (int)CancellationCause.None;

    /// <summary>Outcome: a result. Returns true, as all that set the outcome do: the answer of <see cref="OnCompletion(int)"/>.</summary>
    internal bool Succeed(int result)
    {
        _ending = Ending.Success;
        _result = result;
        return true;
    }

    /// <summary>Outcome: an errno.</summary>
    internal bool Fail(int errno)
    {
        _ending = Ending.Errno;
        _result = errno;
        return true;
    }

    /// <summary>Outcome: an exception.</summary>
    internal bool Fail(Exception exception)
    {
        _ending = Ending.Exception;
        _failure = exception;
        return true;
    }

    /// <summary>Outcome: ended early, for the recorded cause.</summary>
    internal bool EndEarly()
    {
        _ending = Ending.Cancelled;
        return true;
    }

    /// <summary>
    /// An answer that says only that the kernel stopped half-way: the end when somebody asked for it, another attempt when nobody did. It
    /// is never blamed on a caller who did not cancel.
    /// </summary>
    internal bool EndEarlyOrRetry() => Cause != CancellationCause.None && EndEarly();

    /// <summary>
    /// A negative answer: another attempt, or an early end, where it is no more than an interruption; else the errno. "Try again" and "busy" are
    /// taken at their word a few times in a row: a device that is busy for good must not keep the pump busy for good.
    /// </summary>
    internal bool FailOrRetry(int result)
    {
        if (result is -Errno.EAGAIN or -Errno.EBUSY && Cause == CancellationCause.None)
        {
            int now = Environment.TickCount;
            _retries = unchecked(now - _lastRetry) is >= 0 and < RetrySpanMilliseconds ? (byte)(_retries + 1) : (byte)0;
            _lastRetry = now;
            if (_retries > MaxRetries)
            {
                return Fail(-result);
            }
        }

        return Errno.IsInterruption(result) || result is -Errno.EAGAIN or -Errno.EBUSY ? EndEarlyOrRetry() : Fail(-result);
    }

    /// <summary>
    /// The outcome of a poll that failed, or another attempt: a terminal whose settings change wakes its pollers, and the ring cannot arm its poll on two wait queues again
    /// (EINVAL, Linux 6.18). What poll(2) can wait for is polled anew; what cannot be polled at all, a regular file for its priority data, is refused every time.
    /// </summary>
    internal bool FailOrPollAnew(int result, uint events)
    {
        if (result != -Errno.EINVAL || NativeMethods.PollNow(Handle!.Descriptor, events) < 0)
        {
            return FailOrRetry(result);
        }

        bool isFinished = FailOrRetry(-Errno.EAGAIN);
        return isFinished && Cause == CancellationCause.None ? Fail(Errno.EINVAL) : isFinished;
    }

    /// <summary>The kernel has let go: gives back what was held for it. By the leader, or by the submitter of a refused operation.</summary>
    internal void LetGo()
    {
        // Unregister, unlike Dispose, does not wait for a callback that runs at this moment; it then releases its own reference.
        if (_registration.Unregister())
        {
            Release();
        }

        _registration = default;
        Handle?.Release();
    }

    /// <summary>Completes the task. The awaiting code may run here and now. Throws only what a raw callback throws.</summary>
    internal virtual void Resolve()
    {
        try
        {
            try
            {
                ReleaseMemory();
            }
            catch (Exception e)
            {
                // The caller's own memory manager refuses to unpin. The task ends all the same, with that.
                Fail(e);
            }

            if (_ending == Ending.Cancelled && TryAnswerCancellation(out int answer))
            {
                _core.SetResult(answer);
            }
            else if (CreateFailure() is { } failure)
            {
                _core.SetException(failure);
            }
            else
            {
                _core.SetResult(_result);
            }
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Lets go of one reference.</summary>
    internal void Release()
    {
        // Who has the last one has it alone, and needs no interlocked instruction.
        if (Volatile.Read(ref _references) == 1 || Interlocked.Decrement(ref _references) == 0)
        {
            _core.Reset();
            _core.RunContinuationsAsynchronously = false;
            _token = default;
            _failure = null;
            _cause = (int)CancellationCause.None;
            _retries = 0;
            _isAwaited = false;
            _servesHandle = false;
            _unawaitedSince = 0;
            Handle = null;
            _whereabouts = null;
            Phase = OperationPhase.New;
            Recycle();
        }
    }

    /// <summary>Starts it: registers the token and hands it to the pump. The handle, if any, has been acquired by the caller. Returns the task's version.</summary>
    protected short Launch(IoHandle handle, CancellationToken token)
    {
        Handle = handle;
        _token = token;
        _references = token.CanBeCanceled ? 3 : 2;
        short version = _core.Version;
        _unconsumedVersion = version;
        if (token.CanBeCanceled)
        {
            // Before it is handed over: whoever completes it must find the registration. A callback that runs already in here
            // finds an operation the leader has not seen, and the leader will find the cause.
            _registration = token.UnsafeRegister(s_tokenCancelled, this);
            if (_registration == default && Cause == CancellationCause.None)
            {
                // The token's source is disposed: there is no callback, and nobody else to drop its reference.
                Release();
            }
        }

        handle.Pump.Submit(this);
        return version;
    }

    /// <summary>
    /// Starts one that nobody awaits: it serves its handle for as long as that is open, and ends as every other does. The handle has been acquired by the caller.
    /// <paramref name="holders"/> of it <see cref="Release"/> it themselves.
    /// </summary>
    protected void LaunchUnawaited(IoHandle handle, int holders = 0)
    {
        Handle = handle;
        _servesHandle = true;
        _references = 1 + holders;
        Pump.Submit(this);
    }

    /// <summary>
    /// As <see cref="Launch"/>, for an answer that is known already and shall nevertheless be delivered by the dispatcher. While a loop ends it is posted: what goes on for ever on
    /// such answers must not keep it from ending.
    /// </summary>
    protected short LaunchAnswered(CompletionPump pump, int result)
    {
        _references = 2;
        Succeed(result);
        Phase = OperationPhase.Finished;
        _whereabouts = pump;
        short version = _core.Version;
        _unconsumedVersion = version;
        if (!(pump is { IsLoop: true, IsStopping: true } && pump.TryPost(static answer => ((Operation)answer!).Resolve(), this)))
        {
            pump.Deliver(this);
        }

        return version;
    }

    /// <summary>
    /// Starts it on the thread pool instead of the ring. A call that has begun there cannot be cancelled: the token is looked at before, and whoever ends the
    /// file or the context waits for it. The handle has been acquired by the caller; <paramref name="length"/> bytes are moved. Returns the task's version.
    /// </summary>
    protected short LaunchOnPool(IoHandle handle, long length, CancellationToken token)
    {
        Handle = handle;
        _token = token;
        _references = 2;
        short version = _core.Version;
        _unconsumedVersion = version;
        _runsOnPool = Pump.TryWatch(handle);
        if (!_runsOnPool)
        {
            TrySetCause(CancellationCause.ContextDisposed);
            EndEarly();
            LetGo();
        }

        if (_runsOnPool)
        {
            if (Pump.IsLoop)
            {
                Pump.BeginCallOutside();
            }

            TransferThread.Start(this, length);
        }
        else
        {
            Pump.DeliverRefused(this);
        }

        return version;
    }

    /// <summary>Its system calls, on a thread that may block, until its outcome is set.</summary>
    protected virtual void Run() => throw new NotSupportedException();

    /// <summary>Checks that this task has ended and that nobody has taken its result yet; after it the caller calls <see cref="CoreResult"/> and <see cref="Release"/>.</summary>
    protected void BeginConsume(short token)
    {
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending)
        {
            throw new InvalidOperationException("The result of a pending operation cannot be taken: await it, or call AsTask first.");
        }

        // The version, not a flag: a second consumer that comes late must not take what has become another request's.
        if (Interlocked.CompareExchange(ref _unconsumedVersion, Consumed, token) != token)
        {
            throw new InvalidOperationException("This ValueTask has been awaited already; it can be awaited once.");
        }
    }

    /// <summary>The version of its task, until that is consumed.</summary>
    protected short Version => _core.Version;

    /// <summary>The result, or the exception thrown.</summary>
    protected int CoreResult(short token) => _core.GetResult(token);

    /// <summary>The exception its task ends with, or null.</summary>
    protected Exception? CreateFailure() => _ending switch
    {
        Ending.Success => null,
        Ending.Errno => CreateException(_result),
        Ending.Exception => _failure,
        _ => CreateCancellation(),
    };

    /// <summary>Unpins what was pinned for the kernel.</summary>
    protected virtual void ReleaseMemory()
    {
    }

    /// <summary>Clears what the request brought along and returns the object to its pool.</summary>
    protected abstract void Recycle();

    /// <summary>The exception for an errno.</summary>
    protected virtual Exception CreateException(int errno) => ErrnoExceptions.Create(errno, Handle?.Path);

    /// <summary>The exception of a caller whose token ended it.</summary>
    protected virtual OperationCanceledException CreateTokenCancellation(CancellationToken token) => new(token);

    /// <summary>For callers to whom an early end is an answer, no exception. True where it is.</summary>
    protected virtual bool TryAnswerCancellation(out int result)
    {
        result = 0;
        return false;
    }

    /// <summary>Makes its system calls, on this thread, which may block; the outcome is then set and everything but the task let go of.</summary>
    internal void RunHere()
    {
        _runsOnPool = false;
        try
        {
            if (!IsUnwanted())
            {
                Run();
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }

        LetGo();
    }

    /// <summary>Whether somebody has asked for the end before it began.</summary>
    private bool IsUnwanted()
    {
        CancellationCause cause = _token.IsCancellationRequested ? CancellationCause.Token
            : Handle!.IsDisposed ? CancellationCause.HandleDisposed
            : Pump.IsStopping ? CancellationCause.ContextDisposed
            : CancellationCause.None;
        return cause != CancellationCause.None && (TrySetCause(cause) | EndEarly());
    }

    private Exception CreateCancellation() => Cause switch
    {
        CancellationCause.HandleDisposed => new ObjectDisposedException(Handle?.Owner.FullName),
        CancellationCause.ContextDisposed => Pump.Disposed(),
        _ => CreateTokenCancellation(_token),
    };

    /// <summary>The token's callback. No user code runs from here: the pump is told, and the leader cancels.</summary>
    private void OnTokenCancelled()
    {
        // The callback's own reference goes to the queue of cancellations.
        if (!TrySetCause(CancellationCause.Token) || !Pump.RequestCancellation(this))
        {
            Release();
        }
    }

    private sealed class ClosedMarker : Operation
    {
        internal override void Prepare(Ring ring, ulong userData) => throw new NotSupportedException();

        internal override bool OnCompletion(int result) => throw new NotSupportedException();

        protected override void Recycle() => throw new NotSupportedException();
    }
}
