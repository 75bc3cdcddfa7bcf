namespace UringSharp.Engine;

/// <summary>
/// Operations and calls at rest, for reuse. One lies ready for each thread, since a continuation that starts the next request runs on the thread that has
/// just finished one; the others lie in a common stack of bounded size, beyond which the garbage collector has them.
/// </summary>
internal static class OperationPool<T>
    where T : class, new()
{
    private const int Capacity = 4096;

    private static readonly Lock s_lock = new();
    private static T?[] s_stack = new T?[16];
    private static int s_count;

    [ThreadStatic]
    private static T? t_ready;

    /// <summary>Takes one, or makes one.</summary>
    internal static T Rent()
    {
        T? operation = t_ready;
        if (operation is not null)
        {
            t_ready = null;
            return operation;
        }

        lock (s_lock)
        {
            if (s_count > 0)
            {
                operation = s_stack[--s_count]!;
                s_stack[s_count] = null;
                return operation;
            }
        }

        return new T();
    }

    /// <summary>Puts one back.</summary>
    internal static void Return(T operation)
    {
        if (t_ready is null)
        {
            t_ready = operation;
            return;
        }

        lock (s_lock)
        {
            if (s_count == s_stack.Length && s_count < Capacity)
            {
                Array.Resize(ref s_stack, s_count * 2);
            }

            if (s_count < s_stack.Length)
            {
                s_stack[s_count++] = operation;
            }
        }
    }
}
