namespace UringSharp.Engine;

/// <summary>A transfer whose device hangs, made by the blocking pool.</summary>
internal sealed class StalledTransfer(Operation operation) : BlockingCall
{
    /// <inheritdoc/>
    internal override void Run()
    {
        operation.RunHere();
        operation.Pump.DeliverFromOutside(operation);
    }
}
