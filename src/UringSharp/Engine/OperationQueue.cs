namespace UringSharp.Engine;

/// <summary>Names the field of an operation that links it into one kind of queue, so that an operation can stand in several.</summary>
internal interface IOperationLink
{
    /// <summary>The link field.</summary>
    static abstract ref Operation? Of(Operation operation);
}

/// <summary>The link of operations waiting to be submitted; they are in no list yet.</summary>
internal readonly struct SubmissionLink : IOperationLink
{
    /// <inheritdoc/>
    public static ref Operation? Of(Operation operation) => ref operation.Waiting.Next;
}

/// <summary>The link of operations waiting to be cancelled.</summary>
internal readonly struct CancellationLink : IOperationLink
{
    /// <inheritdoc/>
    public static ref Operation? Of(Operation operation) => ref operation.NextCancellation;
}

/// <summary>
/// Many threads push, the leader takes everything at once, in the order pushed. Intrusive: it never allocates, and an operation is in
/// it once at most. Because only whole chains are taken, a node pushed again meanwhile (ABA) does no harm.
/// </summary>
internal struct OperationQueue<TLink>
    where TLink : struct, IOperationLink
{
    private Operation? _head;

    /// <summary>Whether nothing is queued (a closed queue is empty).</summary>
    public readonly bool IsEmpty
    {
        get
        {
            Operation? head = Volatile.Read(in _head);
            return head is null || ReferenceEquals(head, Operation.Closed);
        }
    }

    /// <summary>Pushes, with a full fence behind it; false once the queue is closed: the operation was not taken.</summary>
    public bool TryPush(Operation operation)
    {
        Operation? head = Volatile.Read(ref _head);
        while (true)
        {
            if (ReferenceEquals(head, Operation.Closed))
            {
                return false;
            }

            TLink.Of(operation) = head;
            Operation? seen = Interlocked.CompareExchange(ref _head, operation, head);
            if (ReferenceEquals(seen, head))
            {
                return true;
            }

            head = seen;
        }
    }

    /// <summary>Takes all, oldest first. Only by the leader, and not after <see cref="Close"/>.</summary>
    public OperationChain<TLink> TakeAll() => Volatile.Read(ref _head) is null ? default : Reverse(Interlocked.Exchange(ref _head, null));

    /// <summary>Takes all, oldest first, and refuses from now on.</summary>
    public OperationChain<TLink> Close() => Reverse(Interlocked.Exchange(ref _head, Operation.Closed));

    private static OperationChain<TLink> Reverse(Operation? newest)
    {
        Operation? reversed = null;
        while (newest is not null && !ReferenceEquals(newest, Operation.Closed))
        {
            Operation? older = TLink.Of(newest);
            TLink.Of(newest) = reversed;
            reversed = newest;
            newest = older;
        }

        return new OperationChain<TLink>(reversed);
    }
}
