using System.Globalization;

namespace UringSharp.Tests.Model;

/// <summary>
/// Waiting on the run's own thread, which no completion runs on: what comes next must not happen on a pump, where it would hold up the very thing that is waited for.
/// </summary>
internal static class ModelWait
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_shortPatience = TimeSpan.FromSeconds(3);

    [ThreadStatic]
    private static bool t_isShrinking;

    /// <summary>Whether this thread looks for a shorter sequence that fails too, which is soon told where things hang.</summary>
    public static bool IsShrinking
    {
        get => t_isShrinking;
        set => t_isShrinking = value;
    }

    /// <summary>The longest anything may take.</summary>
    public static TimeSpan Patience => IsShrinking ? s_shortPatience : s_patience;

    /// <summary>Waits for a task to end, however it ends.</summary>
    public static void End(Task task, string what)
    {
        Task[] tasks = [task];
        AnyEnd(tasks, what);
    }

    /// <summary>Waits for one of several tasks to end, however it ends.</summary>
    public static void AnyEnd(Task[] tasks, string what)
    {
        if (Task.WaitAny(tasks, Patience) < 0)
        {
            throw new ModelException(string.Create(CultureInfo.InvariantCulture, $"{what} has not ended within {Patience.TotalSeconds:0} s."));
        }
    }

    /// <summary>Waits for a task's answer; its exception is thrown as it is.</summary>
    public static T Answer<T>(Task<T> task, string what)
    {
        End(task, what);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Waits for a task, which must end with this exception.</summary>
    public static TException Throws<TException>(Task task, string what)
        where TException : Exception
    {
        End(task, what);
        try
        {
            task.GetAwaiter().GetResult();
        }
        catch (TException e)
        {
            return e;
        }
        catch (Exception e)
        {
            throw new ModelException($"{what} has thrown another exception than {typeof(TException).Name}.", e);
        }

        throw new ModelException($"{what} has not thrown {typeof(TException).Name}.");
    }
}
