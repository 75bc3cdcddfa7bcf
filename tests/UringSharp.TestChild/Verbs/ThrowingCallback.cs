using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace UringSharp.TestChild.Verbs;

/// <summary>
/// A raw callback throws on the pump. The process is asked to live on (<see cref="ExceptionHandling"/>), so that it can be seen whether the pump does.
/// </summary>
internal static class ThrowingCallback
{
    private const string Message = "thrown by a raw callback";

    public static async Task RunAsync(string[] arguments)
    {
        TaskCompletionSource reported = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ExceptionHandling.SetUnhandledExceptionHandler(exception => exception.Message == Message && reported.TrySetResult());
        string path = Path.Combine(Path.GetTempPath(), "uringsharp-" + Guid.NewGuid().ToString("N"));
        NamedPipe.Create(path);
        try
        {
            using UringContext context = new(new UringOptions { Continuations = ContinuationMode.Inline });
            using UringPipeStream reader = await NamedPipe.OpenReadAsync(path, new NamedPipeOptions { Context = context });
            await using FileStream writer = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
            string? thrower = null;
            ValueTask<int> waiting = reader.ReadAsync(new byte[8]);
            ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter awaiter = waiting.ConfigureAwait(false).GetAwaiter();
            awaiter.UnsafeOnCompleted(() =>
            {
                thrower = Thread.CurrentThread.Name;
                throw new InvalidOperationException(Message);
            });
            writer.WriteByte(1);
            await reported.Task.WaitAsync(TimeSpan.FromSeconds(10));
            Report.Line("thrown on", thrower);
            for (int i = 0; i < 100; i++)
            {
                Task<int> read = reader.ReadAsync(new byte[8]).AsTask();
                writer.WriteByte(1);
                await read.WaitAsync(TimeSpan.FromSeconds(10));
            }

            Report.Line("messages read afterwards", 100);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
