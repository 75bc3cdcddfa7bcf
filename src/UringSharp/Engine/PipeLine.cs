using UringSharp.Engine.Operations;

namespace UringSharp.Engine;

/// <summary>
/// The line of one direction of a pipe: one request has the turn, the others wait for it in order. Where nobody is in the line a request takes the turn on its
/// caller's thread and is tried there; all else is the leader's.
/// </summary>
internal struct PipeLine
{
    private const int OnCaller = 1;
    private const int One = 2;

    /// <summary>How many requests are in the line, in steps of <see cref="One"/>; and whether one has the turn on its caller's thread.</summary>
    private int _state;

    /// <summary>The leader's: the operation that has the turn, or, once others have waited for it, a <see cref="Queue"/>. Few pipes have more than one.</summary>
    private object? _turn;

    private PipeOperation? Active
    {
        readonly get => _turn is Queue queue ? queue.Active : (PipeOperation?)_turn;
        set
        {
            if (_turn is Queue queue)
            {
                queue.Active = value;
            }
            else
            {
                _turn = value;
            }
        }
    }

    private readonly OperationList<WaitingNeighbours>? Waiting => (_turn as Queue)?.Waiting;

    /// <summary>Joins the line. True when the request has the turn, here, on its caller's thread.</summary>
    internal bool Join()
    {
        if (Interlocked.CompareExchange(ref _state, OnCaller | One, 0) == 0)
        {
            return true;
        }

        Interlocked.Add(ref _state, One);
        return false;
    }

    /// <summary>A request that has the turn on its caller's thread leaves. True where others have come meanwhile: the leader must be told.</summary>
    internal bool LeaveOnCaller() => Interlocked.Add(ref _state, -(OnCaller | One)) != 0;

    /// <summary>A request without the turn leaves before the leader has heard of it.</summary>
    internal void LeaveUnseen() => Interlocked.Add(ref _state, -One);

    /// <summary>The leader: takes the turn for an operation. False where it now waits for it.</summary>
    internal bool TryTakeTurn(PipeOperation operation)
    {
        if (operation.HasTurn)
        {
            // It had it on its caller's thread, so nobody else has.
            operation.HasTurn = false;
            Interlocked.Add(ref _state, -OnCaller);
            Active = operation;
        }

        if (Active == operation)
        {
            return true;
        }

        if (Active is null && Waiting is not { IsEmpty: false } && (Volatile.Read(ref _state) & OnCaller) == 0)
        {
            Active = operation;
            return true;
        }

        if (_turn is not Queue queue)
        {
            queue = new Queue { Active = Active };
            _turn = queue;
        }

        operation.Pump.Park(operation, queue.Waiting);
        return false;
    }

    /// <summary>The leader: an operation has its answer and leaves; the next has the turn.</summary>
    internal void Leave(PipeOperation operation, CompletionPump pump)
    {
        Interlocked.Add(ref _state, operation.HasTurn ? -(OnCaller | One) : -One);
        operation.HasTurn = false;
        if (Active == operation)
        {
            Active = null;
        }

        PassTurn(pump);
    }

    /// <summary>The leader: gives the turn to the oldest that waits, where nobody has it.</summary>
    internal void PassTurn(CompletionPump pump)
    {
        if (Active is null && Waiting?.First is { } next && (Volatile.Read(ref _state) & OnCaller) == 0)
        {
            Active = (PipeOperation)next;
            pump.QueueParked(next);
        }
    }

    /// <summary>Who has the turn, and who waits for it.</summary>
    private sealed class Queue
    {
        internal PipeOperation? Active { get; set; }

        internal OperationList<WaitingNeighbours> Waiting { get; } = new();
    }
}
