using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Reflection;
using System.Text;

namespace UringSharp.TestChild.Soaking;

/// <summary>Pipes and FIFOs, under tokens that are cancelled at any time: no byte is lost, doubled or out of order.</summary>
internal static class PipeJobs
{
    private const int NumberSize = 8;
    private const int FillModulus = 251;

    private static readonly string s_writer = Path.Combine(
        typeof(PipeJobs).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(static attribute => attribute.Key == "NativeDirectory").Value!, "child-writer");

    /// <summary>A pair, whose reads and writes are cancelled at random. A cancelled write goes on behind what it says is gone.</summary>
    public static async Task PairAsync(SoakWork work, Random random)
    {
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair();
        int seed = random.Next();
        int length = random.Next(1, 1 << 20);
        Task<long> writing = WriteAsync(new Random(seed));
        long received = await ReadAsync(new Random(seed + 1));
        SoakWork.Require(received == await writing, $"as many bytes come, {received}, as went");
        await reader.DisposeAsync();
        await writer.DisposeAsync();

        async Task<long> WriteAsync(Random chance)
        {
            long sent = 0;
            while (sent < length)
            {
                byte[] bytes = new byte[chance.Next(1, 200_000)];
                for (int i = 0; i < bytes.Length; i++)
                {
                    bytes[i] = ByteAt(sent + i);
                }

                using CancellationTokenSource source = new();
                ValueTask write = writer.WriteAsync(bytes, source.Token);
                CancelSoon(source, chance);
                try
                {
                    await write;
                    sent += bytes.Length;
                    work.Count("pair: writes");
                }
                catch (PipeWriteCanceledException e)
                {
                    sent += e.BytesWritten;
                    work.Count("pair: writes cancelled half-way");
                }
                catch (OperationCanceledException)
                {
                    work.Count("pair: writes cancelled");
                }
            }

            await writer.DisposeAsync();
            return sent;
        }

        async Task<long> ReadAsync(Random chance)
        {
            long taken = 0;
            byte[] buffer = new byte[100_000];
            while (true)
            {
                using CancellationTokenSource source = new();
                ValueTask<PipeReadResult> read = reader.TryReadAsync(buffer.AsMemory(0, chance.Next(1, buffer.Length)), source.Token);
                CancelSoon(source, chance);
                PipeReadResult result = await read;
                if (result.IsCanceled)
                {
                    work.Count("pair: reads cancelled");
                    continue;
                }

                if (result.Bytes == 0)
                {
                    return taken;
                }

                for (int i = 0; i < result.Bytes; i++)
                {
                    if (buffer[i] != ByteAt(taken + i))
                    {
                        throw new InvalidDataException($"Byte {taken + i} of a pair is not the one that was sent.");
                    }
                }

                taken += result.Bytes;
                work.Count("pair: reads");
            }
        }
    }

    /// <summary>FIFOs that other processes write into, one session after the other.</summary>
    public static async Task WriterProcessesAsync(SoakWork work, Random random)
    {
        if (!File.Exists(s_writer))
        {
            await Task.Delay(1000);
            work.Count("writers: no child-writer here");
            return;
        }

        await Task.WhenAll(Enumerable.Range(0, 2).Select(i => WriterProcessAsync(work, new Random(random.Next() + i))));
    }

    /// <summary>FIFOs opened for writing that wait for a reader: some are cancelled, the others get one; reads that wait are cancelled or disposed.</summary>
    public static async Task OpensAsync(SoakWork work, Random random)
    {
        const int fifos = 20;
        string[] paths = [.. Enumerable.Range(0, fifos).Select(_ => work.NewPath())];
        Array.ForEach(paths, static path => NamedPipe.Create(path));
        using CancellationTokenSource source = new();
        Task<UringPipeStream>[] writers = [.. paths.Select((path, i) => NamedPipe.OpenWriteAsync(path, null, i % 2 == 0 ? source.Token : CancellationToken.None).AsTask())];
        await Task.Delay(random.Next(3));
        await source.CancelAsync();
        UringPipeStream[] readers = await Task.WhenAll(paths.Select(static path => NamedPipe.OpenReadAsync(path).AsTask()));
        for (int i = 0; i < fifos; i++)
        {
            if (i % 2 == 0)
            {
                await SoakWork.EndsWith<OperationCanceledException>(writers[i], "a cancelled open");
                work.Count("fifo: opens cancelled");
                await readers[i].DisposeAsync();
                continue;
            }

            await using UringPipeStream writer = await writers[i];
            work.Count("fifo: opens");
            byte[] buffer = new byte[16];
            using CancellationTokenSource reading = new();
            Task<int> cancelled = readers[i].ReadAsync(buffer, reading.Token).AsTask();
            Task<int> disposed = readers[i].ReadAsync(buffer).AsTask();
            await reading.CancelAsync();
            await SoakWork.EndsWith<OperationCanceledException>(cancelled, "a cancelled read");
            if (random.Next(2) == 0)
            {
                await readers[i].DisposeAsync();
                await SoakWork.EndsWith<ObjectDisposedException>(disposed, "a disposed read");
                work.Count("fifo: reads disposed");
            }
            else
            {
                await writer.WriteAsync(new byte[] { 1, 2, 3 });
                SoakWork.Require(await disposed == 3, "a read that was not cancelled gets the bytes");
                readers[i].Dispose();
                work.Count("fifo: reads");
            }
        }

        Array.ForEach(paths, File.Delete);
    }

    /// <summary>Lines through a PipeReader.</summary>
    public static async Task LinesAsync(SoakWork work, Random random)
    {
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair();
        int lines = random.Next(1, 2000);
        int seed = random.Next();
        Task writing = WriteAsync();
        int i = 0;
        await foreach (string line in reader.ReadLinesAsync())
        {
            SoakWork.Require(line == LineOf(i), "a line is the one that was sent");
            i++;
        }

        SoakWork.Require(i == lines, "all lines have come");
        await writing;
        await reader.DisposeAsync();
        work.Count("lines: read", lines);

        async Task WriteAsync()
        {
            Random chance = new(seed);
            StringBuilder text = new();
            for (int line = 0; line < lines; line++)
            {
                text.Append(LineOf(line)).Append('\n');
            }

            byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
            for (int done = 0; done < bytes.Length;)
            {
                int count = Math.Min(chance.Next(1, 10_000), bytes.Length - done);
                await writer.WriteAsync(bytes.AsMemory(done, count));
                done += count;
            }

            await writer.DisposeAsync();
        }
    }

    /// <summary>The standard input and output of a process, borrowed from <see cref="Process"/>.</summary>
    public static async Task ProcessAsync(SoakWork work, Random random)
    {
        byte[] bytes = new byte[random.Next(1, 300_000)];
        random.NextBytes(bytes);

        // Not where this may run: a pump's thread that starts a process sleeps uninterruptibly.
        using Process process = await Task.Run(static () => Process.Start(
            new ProcessStartInfo("cat") { RedirectStandardInput = true, RedirectStandardOutput = true })!);
        await using var input = UringPipeStream.FromHandle(((AnonymousPipeClientStream)process.StandardInput.BaseStream).SafePipeHandle, FileAccess.Write);
        await using var output = UringPipeStream.FromHandle(((AnonymousPipeClientStream)process.StandardOutput.BaseStream).SafePipeHandle);
        process.StandardInput.Close();
        Task writing = WriteAsync();
        byte[] buffer = new byte[65_536];
        int done = 0;
        int read;
        while ((read = await output.ReadAsync(buffer)) > 0)
        {
            SoakWork.Require(buffer.AsSpan(0, read).SequenceEqual(bytes.AsSpan(done, read)), "what a process echoes");
            done += read;
        }

        await writing;
        SoakWork.Require(done == bytes.Length, "a process echoes all");
        await process.WaitForExitAsync();
        work.Count("process: run through");

        async Task WriteAsync()
        {
            await input.WriteAsync(bytes);
            await input.DisposeAsync();
        }
    }

    private static async Task WriterProcessAsync(SoakWork work, Random random)
    {
        string path = work.NewPath();
        NamedPipe.Create(path);
        int count = random.Next(1, 200);
        int size = random.Next(NumberSize, 6000);
        int sessions = random.Next(1, 4);
        await using UringPipeStream reader = await NamedPipe.OpenReadAsync(path);
        using Process process = await Task.Run(() => Process.Start(
            s_writer, [path, Text(count), Text(size), "--delay-us", Text(random.Next(200)), "--seed", Text(random.Next()), "--sessions", Text(sessions)]));
        long all = (long)count * size * sessions;
        long taken = 0;
        byte[] buffer = new byte[20_000];
        while (true)
        {
            using CancellationTokenSource source = new();
            ValueTask<PipeReadResult> reading = reader.TryReadAsync(buffer.AsMemory(0, random.Next(1, buffer.Length)), source.Token);
            CancelSoon(source, random);
            PipeReadResult result = await reading;
            if (result.IsCanceled)
            {
                work.Count("writers: reads cancelled");
                continue;
            }

            if (result.Bytes == 0)
            {
                work.Count("writers: sessions");
                if (taken == all)
                {
                    break;
                }

                await reader.ReopenAsync();
                continue;
            }

            for (int i = 0; i < result.Bytes; i++)
            {
                long number = (taken + i) / size;
                int place = (int)((taken + i) % size);
                if (buffer[i] != (byte)(place < NumberSize ? number >> (8 * place) : number % FillModulus))
                {
                    throw new InvalidDataException($"Byte {taken + i} of a writer is not the one it sent.");
                }
            }

            taken += result.Bytes;
            work.Count("writers: reads");
        }

        await process.WaitForExitAsync();
        SoakWork.Require(process.ExitCode == 0, "a writer has ended well");
        File.Delete(path);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string LineOf(int line) => string.Create(CultureInfo.InvariantCulture, $"{line} {new string('x', line % 300)}");

    private static byte ByteAt(long position) => (byte)((position * 31) ^ (position >> 8));

    /// <summary>At once, soon, or never.</summary>
    private static void CancelSoon(CancellationTokenSource source, Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                source.Cancel();
                break;
            case 1:
                source.CancelAfter(1);
                break;
            case 2:
                _ = Task.Run(() =>
                {
                    try
                    {
                        source.Cancel();
                    }
                    catch (ObjectDisposedException)
                    {
                        // The call has ended before.
                    }
                });
                break;
            default:
                break;
        }
    }
}
