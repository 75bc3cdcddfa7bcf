namespace UringSharp.TestChild;

/// <summary>The threads of the .NET pool.</summary>
internal static class PoolThreads
{
    private const int Count = 4;

    /// <summary>
    /// Starts as many as there will ever be, before limits are met. Where the runtime has no descriptors or may start no thread, queueing to the thread pool throws OutOfMemoryException or ends the
    /// process (.NET 10.0.12): not what is meant to be seen here.
    /// </summary>
    public static void StartAll()
    {
        ThreadPool.SetMinThreads(Count, Count);
        ThreadPool.SetMaxThreads(Count, Count);
        using Barrier barrier = new(Count + 1);
        for (int i = 0; i < Count; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static barrier => barrier.SignalAndWait(), barrier, preferLocal: false);
        }

        barrier.SignalAndWait();
    }
}
