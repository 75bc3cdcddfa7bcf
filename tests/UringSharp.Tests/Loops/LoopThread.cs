using UringSharp.Tests.Support;

namespace UringSharp.Tests.Loops;

/// <summary>Runs event loops on threads of their own, so that one that hangs fails its test.</summary>
internal static class LoopThread
{
    /// <summary>Runs a loop; ends as it does.</summary>
    public static Task RunAsync(Func<Task> main, UringLoopOptions? options = null) => RunAsync(
        async () =>
        {
            await main();
            return true;
        },
        options);

    /// <summary>Runs a loop; ends as it does.</summary>
    public static async Task<T> RunAsync<T>(Func<Task<T>> main, UringLoopOptions? options = null) => await Eventually.Ends(Start(() => UringLoop.Run(main, options)));

    /// <summary>Runs code on a thread of its own.</summary>
    public static Task<T> Start<T>(Func<T> code)
    {
        TaskCompletionSource<T> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
            try
            {
                ended.SetResult(code());
            }
            catch (Exception e)
            {
                ended.SetException(e);
            }
        })
        {
            IsBackground = true,
        };
        thread.Start();
        return ended.Task;
    }
}
