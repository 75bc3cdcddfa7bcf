namespace UringSharp.TestChild.Verbs;

/// <summary>Reads lines from a named pipe and answers each after a while, by an event loop that has a read pending besides: FIFO.</summary>
internal static class EchoSlowly
{
    public static Task RunAsync(string[] arguments)
    {
        UringLoop.Run(async () =>
        {
            UringLoop loop = UringLoop.Current!;
            (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair();
            var idle = reader.ReadAsync(new byte[1]).AsTask();
            await using UringPipeStream input = await NamedPipe.OpenReadAsync(arguments[0]);
            using StreamReader lines = new(input);
            while (await lines.ReadLineAsync() is { } line)
            {
                await loop.InvokeAsync(async () => await loop.Delay(TimeSpan.FromMilliseconds(1)));
                Report.Line("echo", line);
            }

            await writer.WriteAsync(new byte[1]);
            Report.Line("idle", await idle);
            await reader.DisposeAsync();
            await writer.DisposeAsync();
        });
        return Task.CompletedTask;
    }
}
