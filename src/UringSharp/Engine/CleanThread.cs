namespace UringSharp.Engine;

/// <summary>Undoes what a continuation may have left behind in its thread's ambient state, so that the next one finds none of it.</summary>
internal static class CleanThread
{
    /// <summary>Restores the ExecutionContext the thread began with, and its SynchronizationContext: none, but for a loop's.</summary>
    internal static void Restore(ExecutionContext? clean, SynchronizationContext? context = null)
    {
        if (!ReferenceEquals(SynchronizationContext.Current, context))
        {
            SynchronizationContext.SetSynchronizationContext(context);
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
