using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <summary>
/// The eventfd that ends the leader's sleep in io_uring_enter. It is never read: the ring polls it with a multishot poll, which fires
/// with each write.
/// </summary>
internal sealed class WakeEvent
{
    /// <summary>The owner and the wakers at work; the last to leave closes, so that a late waker never writes to a stranger's descriptor.</summary>
    private int _users = 1;

    internal WakeEvent()
    {
        Descriptor = NativeMethods.EventCreate();
        if (Descriptor < 0)
        {
            throw Ring.ResourceFailure(-Descriptor);
        }
    }

    /// <summary>The descriptor to poll.</summary>
    internal int Descriptor { get; }

    /// <summary>Wakes the leader. Does nothing after <see cref="Close"/>: there is nobody to wake.</summary>
    internal void Signal()
    {
        int users = Volatile.Read(ref _users);
        while (users != 0)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                _ = NativeMethods.EventSignal(Descriptor);
                Close();
                return;
            }

            users = seen;
        }
    }

    /// <summary>The owner, or a waker, leaves.</summary>
    internal void Close()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _ = NativeMethods.Close(Descriptor);
        }
    }
}
