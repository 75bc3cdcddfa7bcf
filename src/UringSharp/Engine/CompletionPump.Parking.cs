namespace UringSharp.Engine;

/// <content>Operations that wait for another one, or for a caller, in a list of their own kind. The leader's.</content>
internal sealed partial class CompletionPump
{
    /// <summary>The lists that are not empty. The pump's end waits for them, having ended what is in them.</summary>
    private readonly HashSet<OperationList<WaitingNeighbours>> _parkedIn = [];

    /// <summary>Has an operation wait in a list of its own kind. Somebody must queue or end it later.</summary>
    internal void Park(Operation operation, OperationList<WaitingNeighbours> list)
    {
        operation.Phase = OperationPhase.Parked;
        operation.WaitingIn = list;
        if (list.IsEmpty)
        {
            _parkedIn.Add(list);
        }

        list.Add(operation);
    }

    /// <summary>An operation that was parked goes on.</summary>
    internal void QueueParked(Operation operation)
    {
        Unpark(operation);
        Queue(operation);
    }

    /// <summary>Ends an operation that was parked; its outcome is set.</summary>
    internal void EndParked(Operation operation)
    {
        Unpark(operation);
        Finish(operation);
    }

    /// <summary>The context ends: nobody waits for whoever has a turn on its caller's thread, which may be in code of its own, or be refused and never pass the turn on.</summary>
    private void EndAllParked()
    {
        foreach (OperationList<WaitingNeighbours> list in _parkedIn.ToArray())
        {
            while (list.First is { } operation)
            {
                operation.TrySetCause(CancellationCause.ContextDisposed);
                operation.EndEarly();
                EndParked(operation);
            }
        }
    }

    private void Unpark(Operation operation)
    {
        OperationList<WaitingNeighbours> list = operation.WaitingIn!;
        list.Remove(operation);
        if (list.IsEmpty)
        {
            _parkedIn.Remove(list);
        }
    }
}
