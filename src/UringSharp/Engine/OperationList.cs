namespace UringSharp.Engine;

/// <summary>The two neighbours of an operation in one kind of list.</summary>
internal struct OperationNeighbours
{
    internal Operation? Previous;
    internal Operation? Next;
}

/// <summary>Names the neighbours of one kind of list.</summary>
internal interface IOperationNeighbours
{
    /// <summary>The neighbours.</summary>
    static abstract ref OperationNeighbours Of(Operation operation);
}

/// <summary>Where an operation that is not in flight waits for its turn.</summary>
internal readonly struct WaitingNeighbours : IOperationNeighbours
{
    /// <inheritdoc/>
    public static ref OperationNeighbours Of(Operation operation) => ref operation.Waiting;
}

/// <summary>All unfinished operations of one handle.</summary>
internal readonly struct HandleNeighbours : IOperationNeighbours
{
    /// <inheritdoc/>
    public static ref OperationNeighbours Of(Operation operation) => ref operation.OfHandle;
}

/// <summary>A doubly linked, intrusive list, touched by the leader alone: removal from the middle costs nothing, and nothing is allocated.</summary>
internal sealed class OperationList<TNeighbours>
    where TNeighbours : struct, IOperationNeighbours
{
    /// <summary>The oldest.</summary>
    public Operation? First { get; private set; }

    private Operation? Last { get; set; }

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => First is null;

    /// <summary>The one behind another.</summary>
    public static Operation? After(Operation operation) => TNeighbours.Of(operation).Next;

    /// <summary>Adds at the end.</summary>
    public void Add(Operation operation)
    {
        ref OperationNeighbours neighbours = ref TNeighbours.Of(operation);
        neighbours.Previous = Last;
        neighbours.Next = null;
        if (Last is null)
        {
            First = operation;
        }
        else
        {
            TNeighbours.Of(Last).Next = operation;
        }

        Last = operation;
    }

    /// <summary>Removes one that is in this list.</summary>
    public void Remove(Operation operation)
    {
        ref OperationNeighbours neighbours = ref TNeighbours.Of(operation);
        if (neighbours.Previous is null)
        {
            First = neighbours.Next;
        }
        else
        {
            TNeighbours.Of(neighbours.Previous).Next = neighbours.Next;
        }

        if (neighbours.Next is null)
        {
            Last = neighbours.Previous;
        }
        else
        {
            TNeighbours.Of(neighbours.Next).Previous = neighbours.Previous;
        }

        neighbours = default;
    }
}
