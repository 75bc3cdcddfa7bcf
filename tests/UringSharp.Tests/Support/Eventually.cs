using System.Diagnostics;

namespace UringSharp.Tests.Support;

/// <summary>Waiting for a condition, with a deadline: never for a time.</summary>
internal static class Eventually
{
    /// <summary>Long enough for a loaded machine; a test that gets here has failed.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Waits until the condition holds; fails with what was seen last when it does not.</summary>
    public static async Task Holds(Func<bool> condition, Func<string> seen, TimeSpan? deadline = null)
    {
        long started = Stopwatch.GetTimestamp();
        TimeSpan limit = deadline ?? Deadline;
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > limit)
            {
                Assert.Fail($"Not within {limit.TotalSeconds:0.0} s: {seen()}");
            }

            await Task.Delay(2).ConfigureAwait(false);
        }
    }

    /// <summary>Awaits a task; fails when it does not end in time.</summary>
    public static async Task<T> Ends<T>(Task<T> task, TimeSpan? deadline = null)
    {
        await Ends((Task)task, deadline).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    /// <summary>Awaits a task's end, however it ends; fails when it does not end in time.</summary>
    public static async Task Ends(Task task, TimeSpan? deadline = null)
    {
        TimeSpan limit = deadline ?? Deadline;
        if (await Task.WhenAny(task, Task.Delay(limit)).ConfigureAwait(false) != task)
        {
            Assert.Fail($"The task has not ended within {limit.TotalSeconds:0.0} s.");
        }
    }
}
