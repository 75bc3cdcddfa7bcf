namespace UringSharp.Engine.Receiving;

/// <summary>A call that the dispatcher makes, as it runs the continuation of any operation.</summary>
internal sealed class CallbackOperation : Operation
{
    private Action<object?> _action = null!;
    private object? _state;

    /// <summary>Hands a call to the dispatcher of a pump, from any thread.</summary>
    internal static void Deliver(CompletionPump pump, Action<object?> action, object? state)
    {
        CallbackOperation operation = OperationPool<CallbackOperation>.Rent();
        operation._action = action;
        operation._state = state;
        pump.Deliver(operation);
    }

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData) => throw new NotSupportedException();

    /// <inheritdoc/>
    internal override bool OnCompletion(int result) => throw new NotSupportedException();

    /// <summary>Makes the call. The object is back in its pool by then: what is called may need one.</summary>
    internal override void Resolve()
    {
        Action<object?> action = _action;
        object? state = _state;
        Recycle();
        action(state);
    }

    /// <inheritdoc/>
    protected override void Recycle()
    {
        _action = null!;
        _state = null;
        OperationPool<CallbackOperation>.Return(this);
    }
}
