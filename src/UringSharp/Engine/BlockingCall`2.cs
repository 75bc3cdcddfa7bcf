using System.Threading.Tasks.Sources;
using UringSharp.Engine.Receiving;

namespace UringSharp.Engine;

/// <summary>
/// One call and the task of it: a pooled value-task source. Three parties may hold it: the pool (until the call has returned), the consumer (until
/// GetResult) and the token's callback. It returns to rest when the last lets go; the one that ends the task holds on until the continuation has run.
/// </summary>
internal sealed class BlockingCall<TState, TResult> : BlockingCall, IThreadPoolWorkItem, IValueTaskSource<TResult>, IValueTaskSource
{
    private const int Waiting = 0;
    private const int Running = 1;
    private const int Ended = 2;
    private const int Consumed = int.MinValue;

    private static readonly Action<object?> s_tokenCancelled = static state => ((BlockingCall<TState, TResult>)state!).OnTokenCancelled();
    private static readonly Action<object?> s_loopStopping = static state => ((BlockingCall<TState, TResult>)state!).OnLoopStopping();

    private ManualResetValueTaskSourceCore<TResult> _core;
    private BlockingPool _pool = null!;
    private Func<TState, TResult> _call = null!;
    private Action<TResult>? _late;
    private TState _state = default!;
    private TResult _result = default!;
    private Exception? _failure;
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;
    private LoopContext? _loopContext;
    private CompletionPump? _loop;
    private CancellationTokenRegistration _loopRegistration;
    private bool _isCancelled;
    private bool _isCutByLoop;
    private int _phase;
    private int _references;
    private int _unconsumedVersion;

    /// <summary>Starts it. Returns the object; the task's version is <paramref name="version"/>.</summary>
    internal static BlockingCall<TState, TResult> Start(
        BlockingPool pool, Func<TState, TResult> call, TState state, Action<TResult>? late, bool mustBeMade, CancellationToken token, out short version)
    {
        BlockingCall<TState, TResult> item = OperationPool<BlockingCall<TState, TResult>>.Rent();
        item._pool = pool;
        item._call = call;
        item._state = state;
        item._late = late;
        item._token = token;
        item._references = token.CanBeCanceled ? 3 : 2;
        version = item._core.Version;
        item._unconsumedVersion = version;
        if (CompletionPump.OfLoopHere is { } loop)
        {
            item.BeginOnLoop(loop, mustBeMade);
        }

        if (token.CanBeCanceled)
        {
            // Before it is queued: whoever ends it must find the registration. A callback that runs already in here ends it, and the pool will see that.
            item._registration = token.UnsafeRegister(s_tokenCancelled, item);
            if (item._registration == default && Volatile.Read(ref item._phase) == Waiting)
            {
                // The token's source is disposed: there is no callback, and nobody else to drop its reference.
                item.Release();
            }
        }

        if (Volatile.Read(ref item._phase) == Ended)
        {
            // Whoever has ended it meanwhile may not have found the registrations.
            item.DropRegistrations();
        }

        pool.Queue(item);
        return item;
    }

    /// <inheritdoc/>
    internal override void Run()
    {
        if (Interlocked.CompareExchange(ref _phase, Running, Waiting) != Waiting)
        {
            Release();
            return;
        }

        TResult result = default!;
        Exception? failure = null;
        try
        {
            result = _call(_state);
        }
        catch (Exception e)
        {
            failure = e;
        }

        if (Interlocked.CompareExchange(ref _phase, Ended, Running) == Running)
        {
            _result = result;
            _failure = failure;

            DropRegistrations();
            Deliver();
            return;
        }

        if (failure is null && _late is { } late)
        {
            try
            {
                late(result);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // Nobody waits for this any more.
            }
        }

        Release();
    }

    /// <summary>Completes the task, by a thread of the .NET pool or by the loop it was begun on: code that awaits it may run here.</summary>
    public void Execute()
    {
        try
        {
            if (_isCutByLoop)
            {
                _core.SetException(CompletionPump.LoopDisposed(hasEnded: false));
            }
            else if (_isCancelled)
            {
                _core.SetException(new OperationCanceledException(_token));
            }
            else if (_failure is { } failure)
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

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, _loopContext?.Choose(ref _core, continuation, flags) ?? flags);

    /// <inheritdoc/>
    public TResult GetResult(short token)
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

    /// <summary>Begins on an event loop, on whose thread this is: its task ends there, and before the loop does.</summary>
    private void BeginOnLoop(CompletionPump loop, bool mustBeMade)
    {
        if (!loop.TryBeginCallOutside())
        {
            return;
        }

        _loop = loop;
        _loopContext = loop.LoopContext;
        if (!mustBeMade && !loop.IsStopping)
        {
            // What code that ends with the loop still calls, to clean up, is made to its end.
            Interlocked.Increment(ref _references);
            _loopRegistration = loop.Stopping.UnsafeRegister(s_loopStopping, this);
        }
    }

    /// <summary>The loop it was begun on is to end.</summary>
    private void OnLoopStopping() => EndEarly(ref _isCutByLoop);

    /// <summary>The token's callback.</summary>
    private void OnTokenCancelled() => EndEarly(ref _isCancelled);

    /// <summary>Ends the task at once, whatever the kernel does. The code that awaits it does not run inside this call.</summary>
    private void EndEarly(ref bool reason)
    {
        if (Interlocked.CompareExchange(ref _phase, Ended, Waiting) != Waiting && Interlocked.CompareExchange(ref _phase, Ended, Running) != Running)
        {
            Release();
            return;
        }

        // Where it still waits it leaves the queue, which may be long when a file system hangs, and takes the pool's reference along.
        if (_pool.TryRemove(this))
        {
            Release();
        }

        reason = true;
        DropRegistrations();
        Deliver();
    }

    private void DropRegistrations()
    {
        // Unregister, unlike Dispose, does not wait for a callback that runs at this moment; it then releases its own reference.
        if (_registration.Unregister())
        {
            Release();
        }

        if (_loopRegistration.Unregister())
        {
            Release();
        }
    }

    private void Deliver()
    {
        if (Interlocked.Exchange(ref _loop, null) is { } loop)
        {
            CallbackOperation.Deliver(loop, static call => ((IThreadPoolWorkItem)call!).Execute(), this);
            loop.EndCallOutside();
        }
        else
        {
            PoolQueue.Add(this);
        }
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            _core.Reset();
            _pool = null!;
            _call = null!;
            _late = null;
            _state = default!;
            _result = default!;
            _failure = null;
            _token = default;
            _registration = default;
            _loopRegistration = default;
            _loopContext = null;
            _core.RunContinuationsAsynchronously = false;
            _isCancelled = false;
            _isCutByLoop = false;
            _phase = Waiting;
            OperationPool<BlockingCall<TState, TResult>>.Return(this);
        }
    }
}
