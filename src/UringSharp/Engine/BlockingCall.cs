namespace UringSharp.Engine;

/// <summary>A call for a <see cref="BlockingPool"/>.</summary>
internal abstract class BlockingCall
{
    // The queue's own, under its lock.
    internal BlockingCall? Next;
    internal BlockingCall? Previous;
    internal bool IsQueued;
    internal long QueuedAt;

    /// <summary>Makes the call, by a thread that may block. Throws nothing.</summary>
    internal abstract void Run();
}
