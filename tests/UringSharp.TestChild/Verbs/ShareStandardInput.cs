using Microsoft.Win32.SafeHandles;

namespace UringSharp.TestChild.Verbs;

/// <summary>Writes to and reads from standard input, which this user could not open: cancelled first, then with data.</summary>
internal static class ShareStandardInput
{
    public static async Task RunAsync(string[] arguments)
    {
        using SafeFileHandle shared = new(0, ownsHandle: false);
        await using var stream = UringPipeStream.FromHandle(shared, FileAccess.ReadWrite);
        byte[] buffer = new byte[64];
        using CancellationTokenSource source = new();
        ValueTask<PipeReadResult> read = stream.TryReadAsync(buffer, source.Token);
        await source.CancelAsync();
        if (!(await read).IsCanceled)
        {
            throw new InvalidOperationException("The read was not cancelled.");
        }

        ValueTask<int> next = stream.ReadAsync(buffer);
        await stream.WriteAsync("through the ring"u8.ToArray());
        Console.WriteLine(System.Text.Encoding.ASCII.GetString(buffer, 0, await next));
    }
}
