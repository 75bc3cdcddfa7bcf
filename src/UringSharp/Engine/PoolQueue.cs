namespace UringSharp.Engine;

/// <summary>
/// The thread pool, for callers that must live on. Where no thread can be started (the runtime needs a descriptor and memory for one) queueing throws
/// although the item is queued: a thread of the pool takes it when there is one again.
/// </summary>
internal static class PoolQueue
{
    /// <summary>Queues an item; <paramref name="preferLocal"/>: before what lies in the common queue, where a thread of the pool asks.</summary>
    internal static void Add(IThreadPoolWorkItem item, bool preferLocal = false)
    {
        try
        {
            ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal);
        }
        catch (OutOfMemoryException)
        {
            // Queued all the same.
        }
    }

    /// <summary>Queues a call.</summary>
    internal static void Add<TState>(Action<TState> call, TState state)
    {
        try
        {
            ThreadPool.UnsafeQueueUserWorkItem(call, state, preferLocal: false);
        }
        catch (OutOfMemoryException)
        {
            // Queued all the same.
        }
    }
}
