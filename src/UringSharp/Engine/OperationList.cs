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

/// <summary>A doubly linked, intrusive list, touched by the leader alone: removal from the middle costs nothing, and nothing is allocated. As a field of what has it.</summary>
internal struct OperationRow<TNeighbours>
    where TNeighbours : struct, IOperationNeighbours
{
    private Operation? _last;

    /// <summary>The oldest.</summary>
    public Operation? First { get; private set; }

    /// <summary>Adds at the end.</summary>
    public void Add(Operation operation)
    {
        ref OperationNeighbours neighbours = ref TNeighbours.Of(operation);
        neighbours.Previous = _last;
        neighbours.Next = null;
        if (_last is null)
        {
            First = operation;
        }
        else
        {
            TNeighbours.Of(_last).Next = operation;
        }

        _last = operation;
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
            _last = neighbours.Previous;
        }
        else
        {
            TNeighbours.Of(neighbours.Next).Previous = neighbours.Previous;
        }

        neighbours = default;
    }
}

/// <summary>An <see cref="OperationRow{TNeighbours}"/> that can be referred to.</summary>
internal sealed class OperationList<TNeighbours>
    where TNeighbours : struct, IOperationNeighbours
{
    private OperationRow<TNeighbours> _row;

    /// <summary>The oldest.</summary>
    public Operation? First => _row.First;

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => _row.First is null;

    /// <summary>The one behind another.</summary>
    public static Operation? After(Operation operation) => TNeighbours.Of(operation).Next;

    /// <summary>Adds at the end.</summary>
    public void Add(Operation operation) => _row.Add(operation);

    /// <summary>Removes one that is in this list.</summary>
    public void Remove(Operation operation) => _row.Remove(operation);
}
