using System.Diagnostics.Tracing;

namespace UringSharp;

/// <summary>Events of the library, for dotnet-trace and EventListener: provider "UringSharp".</summary>
[EventSource(Name = "UringSharp")]
internal sealed class UringEventSource : EventSource
{
    internal static readonly UringEventSource Log = new();

    [Event(1, Level = EventLevel.Warning,
        Message = "Pump {0}: user code on thread {1} was found in uninterruptible sleep; continuations run on the thread pool from now on.")]
    internal void Retreated(string pump, int threadId)
    {
        if (IsEnabled(EventLevel.Warning, EventKeywords.None))
        {
            WriteEvent(1, pump, threadId);
        }
    }

    [Event(2, Level = EventLevel.Warning, Message = "Loop {0}: one callback held it for {1} ms.")]
    internal void LoopStalled(string loop, double milliseconds)
    {
        if (IsEnabled(EventLevel.Warning, EventKeywords.None))
        {
            WriteEvent(2, loop, milliseconds);
        }
    }

    [Event(3, Level = EventLevel.Error, Message = "Loop {0}: a callback failed, which nobody else is told of: {1}")]
    internal void LoopCallbackFailed(string loop, string exception)
    {
        if (IsEnabled(EventLevel.Error, EventKeywords.None))
        {
            WriteEvent(3, loop, exception);
        }
    }

    [Event(4, Level = EventLevel.Warning, Message = "io_uring is not used: {0} The portable backend takes its place.")]
    internal void FellBack(string reason)
    {
        if (IsEnabled(EventLevel.Warning, EventKeywords.None))
        {
            WriteEvent(4, reason);
        }
    }

    [Event(5, Level = EventLevel.Warning, Message = "A {0} was collected undisposed: {1}")]
    internal void Forgotten(string type, string path)
    {
        if (IsEnabled(EventLevel.Warning, EventKeywords.None))
        {
            WriteEvent(5, type, path);
        }
    }
}
