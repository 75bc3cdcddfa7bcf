using UringSharp.Engine;
namespace UringSharp.Files.Streams;

/// <summary>Lets one call in at a time, further ones in the order they came. Taking it when it is free costs one atomic instruction and allocates nothing.</summary>
internal sealed class AsyncGate
{
    private const int Free = 0;
    private const int Taken = 1;

    /// <summary>Taken, and there may be somebody who waits.</summary>
    private const int Contended = 2;

    private readonly LinkedList<TaskCompletionSource> _waiters = new();
    private int _state;

    /// <summary>Takes it if it is free.</summary>
    internal bool TryEnter() => Interlocked.CompareExchange(ref _state, Taken, Free) == Free;

    /// <summary>Takes it, blocking the calling thread, which is no event loop's, until it is free.</summary>
    internal void Enter()
    {
        if (!TryEnter())
        {
            EnterAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
    }

    /// <summary>Takes it when it is free.</summary>
    internal Task EnterAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource waiter;
        LinkedListNode<TaskCompletionSource> place;
        lock (_waiters)
        {
            if (Interlocked.Exchange(ref _state, Contended) == Free)
            {
                return Task.CompletedTask;
            }

            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            place = _waiters.AddLast(waiter);
        }

        return cancellationToken.CanBeCanceled ? WaitAsync(place, cancellationToken) : waiter.Task;
    }

    /// <summary>Gives it to the next.</summary>
    internal void Exit()
    {
        if (Interlocked.CompareExchange(ref _state, Free, Taken) == Taken)
        {
            return;
        }

        TaskCompletionSource next;
        lock (_waiters)
        {
            if (_waiters.First is null)
            {
                Volatile.Write(ref _state, Free);
                return;
            }

            next = _waiters.First.Value;
            _waiters.RemoveFirst();
        }

        next.SetResult();
    }

    private async Task WaitAsync(LinkedListNode<TaskCompletionSource> place, CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(Leave, place))
        {
            await place.Value.Task.ConfigureAwait(LoopContext.IsCurrent);
        }

        void Leave(object? state, CancellationToken token)
        {
            bool waits;
            lock (_waiters)
            {
                waits = place.List is not null;
                if (waits)
                {
                    _waiters.Remove(place);
                }
            }

            if (waits)
            {
                place.Value.SetCanceled(token);
            }
        }
    }
}
