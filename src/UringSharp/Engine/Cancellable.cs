using System.Runtime.CompilerServices;

namespace UringSharp.Engine;

/// <summary>Waiting that ends at once when a token is cancelled, whatever becomes of what is waited for.</summary>
internal static class Cancellable
{
    /// <summary>As Task.WaitAsync, but the code that awaits it never runs inside the call that cancels.</summary>
    internal static async Task<T> WaitAsync<T>(Task<T> task, CancellationToken cancellationToken)
    {
        await WaitAsync((Task)task, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        return await task.ConfigureAwait(LoopContext.IsCurrent);
    }

    /// <summary>As <see cref="WaitAsync{T}"/>.</summary>
    internal static async Task WaitAsync(Task task, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        }
        catch (OperationCanceledException)
        {
            // This may run inside Cancel().
            await YieldAsync();
            throw;
        }
    }

    /// <summary>As Task.Delay, but as <see cref="WaitAsync{T}"/>.</summary>
    internal static async Task DelayAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(time, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        }
        catch (OperationCanceledException)
        {
            await YieldAsync();
            throw;
        }
    }

    private static ConfiguredTaskAwaitable YieldAsync() =>
        Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | (LoopContext.IsCurrent ? ConfigureAwaitOptions.ContinueOnCapturedContext : ConfigureAwaitOptions.None));
}
