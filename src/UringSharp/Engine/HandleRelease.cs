namespace UringSharp.Engine;

/// <summary>The end of a use that may be the last, and closes.</summary>
internal sealed class HandleRelease(IoHandle handle) : BlockingCall
{
    /// <inheritdoc/>
    internal override void Run() => handle.ReleaseHere();
}
