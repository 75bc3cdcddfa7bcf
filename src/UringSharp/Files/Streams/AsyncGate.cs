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

    /// <summary>Where synchronous calls wait on event loops; null where none does.</summary>
    private List<PlaceOfLoop>? _placesOfLoops;

    /// <summary>Takes it if it is free.</summary>
    internal bool TryEnter() => Interlocked.CompareExchange(ref _state, Taken, Free) == Free;

    /// <summary>
    /// Takes it for a synchronous call, when <paramref name="isReady"/> holds as well; <see cref="ExitHere"/> gives it back. An event loop goes on meanwhile, and code that it
    /// runs inside this call may want the gate for a synchronous call of its own, which must end before this one can: all those of one loop have one place in the line, and the
    /// innermost goes first.
    /// </summary>
    internal void EnterHere<TState>(Func<TState, bool> isReady, TState state)
        where TState : class
    {
        if (CompletionPump.OfLoopHere is not { } loop)
        {
            if (!TryEnter())
            {
                EnterAsync(CancellationToken.None).GetAwaiter().GetResult();
            }

            return;
        }

        CompletionPump.RequireStack();
        bool isTaken = Volatile.Read(ref _placesOfLoops) is null && TryEnter();
        if (isTaken && isReady(state))
        {
            return;
        }

        PlaceOfLoop place;
        lock (_waiters)
        {
            _placesOfLoops ??= [];
            place = PlaceOf(loop) ?? new PlaceOfLoop(loop);
            if (place.Calls++ == 0)
            {
                _placesOfLoops.Add(place);
            }
        }

        place.Entered ??= isTaken || TryEnter() ? Task.CompletedTask : EnterAsync(CancellationToken.None);
        CompletionPump.WaitOnLoop(static wait => wait.Entered.IsCompleted && wait.IsReady(wait.State), new Wait<TState>(place.Entered, isReady, state));
    }

    /// <summary>Gives it to the next, after <see cref="EnterHere"/>.</summary>
    internal void ExitHere()
    {
        if (Volatile.Read(ref _placesOfLoops) is null || CompletionPump.OfLoopHere is not { } loop)
        {
            Exit();
            return;
        }

        bool isLast = true;
        lock (_waiters)
        {
            if (PlaceOf(loop) is { } place && (isLast = --place.Calls == 0))
            {
                _placesOfLoops!.Remove(place);
                if (_placesOfLoops.Count == 0)
                {
                    _placesOfLoops = null;
                }
            }
        }

        if (isLast)
        {
            Exit();
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

    /// <summary>Under the lock. Without a delegate, which would be made for each call, wherever it is made.</summary>
    private PlaceOfLoop? PlaceOf(CompletionPump loop)
    {
        foreach (PlaceOfLoop place in _placesOfLoops ?? [])
        {
            if (place.Loop == loop)
            {
                return place;
            }
        }

        return null;
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

    /// <summary>The place in the line of the synchronous calls of one loop.</summary>
    private sealed class PlaceOfLoop(CompletionPump loop)
    {
        internal CompletionPump Loop { get; } = loop;

        /// <summary>Calls, one inside the other, that wait or have the gate.</summary>
        internal int Calls { get; set; }

        /// <summary>Ends when the gate is the loop's. Of its thread alone.</summary>
        internal Task? Entered { get; set; }
    }

    private sealed record Wait<TState>(Task Entered, Func<TState, bool> IsReady, TState State);
}
