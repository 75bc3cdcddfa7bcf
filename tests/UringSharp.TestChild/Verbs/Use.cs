namespace UringSharp.TestChild.Verbs;

/// <summary>Does in a folder what the library is for: writes and reads a file, buffered and direct, and sends bytes through a FIFO.</summary>
internal static class Use
{
    public static async Task RunAsync(string[] arguments)
    {
        string path = Path.Combine(arguments[0], "file");
        string fifo = Path.Combine(arguments[0], "fifo");
        await Report.OutcomeAsync("buffered", () => RoundTripAsync(path, isDirect: false));
        await Report.OutcomeAsync("direct", () => RoundTripAsync(path, isDirect: true));
        await Report.OutcomeAsync("pipe", () => PipeAsync(fifo));
        await Report.OutcomeAsync("own context", async () =>
        {
            await using UringContext context = new(new UringOptions { RingCount = 4, QueueDepth = 1024 });
        });
    }

    private static async Task RoundTripAsync(string path, bool isDirect)
    {
        using AlignedMemoryPool pool = new();
        using var source = pool.Rent(1 << 16);
        using var target = pool.Rent(1 << 16);
        Random.Shared.NextBytes(source.Memory.Span);
        await using UringFile file = await UringFile.OpenAsync(path, FileMode.Create, FileAccess.ReadWrite, new UringFileOptions { Direct = isDirect });
        await file.WriteAsync(source.Memory, 0);
        await file.FlushAsync();
        int read = await file.ReadAsync(target.Memory, 0);
        if (await file.GetLengthAsync() != source.Memory.Length || !target.Memory.Span[..read].SequenceEqual(source.Memory.Span))
        {
            throw new InvalidDataException($"{read} bytes came back, not the same ones.");
        }
    }

    private static async Task PipeAsync(string fifo)
    {
        NamedPipe.Create(fifo);
        await using UringPipeStream reader = await NamedPipe.OpenReadAsync(fifo);
        byte[] buffer = new byte[16];
        ValueTask<int> pending = reader.ReadAsync(buffer.AsMemory());
        await File.WriteAllTextAsync(fifo, "through");
        if (await pending != "through".Length)
        {
            throw new InvalidDataException("Not all bytes came through.");
        }
    }
}
