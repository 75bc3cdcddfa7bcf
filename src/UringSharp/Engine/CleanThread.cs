namespace UringSharp.Engine;

/// <summary>Undoes what a continuation may have left behind in its thread's ambient state, so that the next one finds none of it.</summary>
internal static class CleanThread
{
    /// <summary>Removes the SynchronizationContext and restores the ExecutionContext the thread began with.</summary>
    internal static void Restore(ExecutionContext? clean)
    {
        if (SynchronizationContext.Current is not null)
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }

        if (ExecutionContext.IsFlowSuppressed())
        {
            ExecutionContext.RestoreFlow();
        }

        if (clean is not null && !ReferenceEquals(ExecutionContext.Capture(), clean))
        {
            ExecutionContext.Restore(clean);
        }
    }
}
