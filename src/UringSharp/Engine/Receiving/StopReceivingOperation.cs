namespace UringSharp.Engine.Receiving;

/// <summary>Has the leader cancel what receives for a reader that is gone.</summary>
internal sealed class StopReceivingOperation : Operation
{
    private PipeReception _reception = null!;

    /// <summary>Starts it. The caller has acquired the handle.</summary>
    internal static void Start(PipeReception reception)
    {
        StopReceivingOperation operation = OperationPool<StopReceivingOperation>.Rent();
        operation._reception = reception;
        operation.LaunchUnawaited(reception.Handle);
    }

    /// <inheritdoc/>
    internal override OperationStart OnStart()
    {
        // One that has not been submitted yet finds the wish by itself.
        if (_reception.Current is { Phase: OperationPhase.InFlight } operation)
        {
            Pump.Cancel(operation);
        }

        Succeed(0);
        return OperationStart.Finished;
    }

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData) => throw new NotSupportedException();

    /// <inheritdoc/>
    internal override bool OnCompletion(int result) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Recycle()
    {
        _reception = null!;
        OperationPool<StopReceivingOperation>.Return(this);
    }
}
