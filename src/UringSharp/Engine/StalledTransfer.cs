namespace UringSharp.Engine;

/// <summary>A transfer whose device hangs, made by the blocking pool; the code that awaits it runs on the thread pool as it would have.</summary>
internal sealed class StalledTransfer(Operation operation) : BlockingCall
{
    /// <inheritdoc/>
    internal override void Run()
    {
        operation.RunHere();
        if (operation.Pump is { IsLoop: true } loop)
        {
            loop.DeliverFromOutside(operation);
        }
        else
        {
            PoolQueue.Add(operation);
        }
    }
}
