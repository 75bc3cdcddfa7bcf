using System.Buffers.Binary;
using System.Runtime.InteropServices;
using UringSharp.Tests.Model;

namespace UringSharp.TestChild.Soaking;

/// <summary>Contexts and loops that come and go, with what waits on them; descriptors; the model.</summary>
internal static partial class PlaceJobs
{
    private const int NonBlockingCloseOnExec = 0x80800;

    /// <summary>Of a round: few, so that it ends soon on a slow machine too.</summary>
    private const int ModelSequences = 5;

    /// <summary>An eventfd that is waited for, watched, read, cancelled and disposed.</summary>
    public static async Task HandlesAsync(SoakWork work, Random random)
    {
        await using var handle = UringHandle.FromDescriptor(eventfd(0, NonBlockingCloseOnExec), ownsHandle: true);
        byte[] one = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(one, 1);
        for (int i = 0; i < 20; i++)
        {
            using CancellationTokenSource source = new();
            Task<PollEvents>[] cancelled = [.. Enumerable.Range(0, 4).Select(_ => handle.WaitAsync(PollEvents.Read, source.Token).AsTask())];
            Task<PollEvents>[] waiting = [.. Enumerable.Range(0, 4).Select(_ => handle.WaitAsync(PollEvents.Read).AsTask())];
            await source.CancelAsync();
            foreach (Task<PollEvents> wait in cancelled)
            {
                await SoakWork.EndsWith<OperationCanceledException>(wait, "a cancelled wait");
            }

            await handle.WriteAsync(one);
            SoakWork.Require((await Task.WhenAll(waiting)).All(static events => events == PollEvents.Read), "a wait tells what holds");
            byte[] value = new byte[sizeof(ulong)];
            SoakWork.Require(await handle.ReadAsync(value) == sizeof(ulong) && value.AsSpan().SequenceEqual(one), "an eventfd's value");
            work.Count("handle: waits", waiting.Length);
            work.Count("handle: waits cancelled", cancelled.Length);
        }

        int watched = 0;
        await handle.WriteAsync(one);
        await foreach (PollEvents events in handle.WatchAsync(PollEvents.Read))
        {
            SoakWork.Require(events == PollEvents.Read, "a watch tells what holds");
            await handle.ReadAsync(new byte[sizeof(ulong)]);
            if (++watched == 10)
            {
                break;
            }

            await handle.WriteAsync(one);
        }

        work.Count("handle: watched", watched);
        Task<PollEvents> pending = handle.WaitAsync(PollEvents.Read).AsTask();
        if (random.Next(2) == 0)
        {
            handle.Dispose();
        }

        await handle.DisposeAsync();
        await SoakWork.EndsWith<ObjectDisposedException>(pending, "a disposed wait");
    }

    /// <summary>A loop that works and ends with requests unfinished.</summary>
    public static async Task LoopAsync(SoakWork work, Random random)
    {
        string path = work.NewPath();
        int rounds = random.Next(1, 50);
        Task<int>? left = null;
        UringPipeStream? leftReader = null;
        UringPipeStream? leftWriter = null;
        await OnAThread(() => UringLoop.Run(async () =>
        {
            UringLoop loop = UringLoop.Current!;
            (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair();
            await using UringFileStream stream = await UringFileStream.OpenAsync(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite });
            byte[] buffer = new byte[4096];
            for (int i = 0; i < rounds; i++)
            {
                Task<int> read = reader.ReadAsync(buffer).AsTask();
                await writer.WriteAsync(new byte[] { (byte)i });
                SoakWork.Require(await read == 1 && buffer[0] == (byte)i, "a byte through a pair of a loop");
                await stream.WriteAsync(buffer.AsMemory(0, 100));
                await loop.Delay(TimeSpan.FromMicroseconds(10));
                work.Count("loop: round trips");
            }

            await stream.FlushAsync();
            SoakWork.Require(stream.Length == rounds * 100, "the length of a file of a loop");
            (leftReader, leftWriter) = (reader, writer);
            left = reader.ReadAsync(buffer).AsTask();
        }));
        await SoakWork.EndsWith<ObjectDisposedException>(left!, "what a loop has left");
        leftReader!.Dispose();
        leftWriter!.Dispose();
        File.Delete(path);
        work.Count("loop: run and ended");
    }

    /// <summary>A group of loops, that is stopped.</summary>
    public static async Task GroupAsync(SoakWork work, Random random)
    {
        UringLoopGroup group = new(new UringLoopGroupOptions { LoopCount = 2, PinsThreads = random.Next(2) == 0 });
        int begun = 0;
        await group.RunAsync(async shard =>
        {
            (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair();
            await writer.WriteAsync(new byte[8]);
            SoakWork.Require(await reader.ReadAsync(new byte[16]) == 8, "bytes through a pair of a shard");
            if (Interlocked.Increment(ref begun) == shard.Count)
            {
                group.Stop();
            }

            await SoakWork.EndsWith<OperationCanceledException>(reader.ReadAsync(new byte[16], shard.Stopping).AsTask(), "what a group has stopped");
            await reader.DisposeAsync();
            await writer.DisposeAsync();
        });
        work.Count("loop: groups run and stopped");
        await Task.Delay(random.Next(20));
    }

    /// <summary>A context that is disposed while reads wait.</summary>
    public static async Task ContextAsync(SoakWork work, Random random)
    {
        UringContext context = new(new UringOptions
        {
            Continuations = random.GetItems(Enum.GetValues<ContinuationMode>(), 1)[0],
            RingCount = random.Next(1, 3),
            QueueDepth = 1 << random.Next(2, 8),
        });
        int count = random.Next(1, 100);
        (UringPipeStream Reader, UringPipeStream Writer)[] pairs = [.. Enumerable.Range(0, count).Select(_ => UringPipeStream.CreatePair(context))];
        Task<int>[] reads = [.. pairs.Select(static pair => pair.Reader.ReadAsync(new byte[8]).AsTask())];
        int answered = random.Next(count);
        for (int i = 0; i < answered; i++)
        {
            await pairs[i].Writer.WriteAsync(new byte[8]);
        }

        SoakWork.Require((await Task.WhenAll(reads[..answered])).All(static read => read == 8), "reads of a context are answered");

        // Not on a thread of the context itself, where an Inline one would bring this.
        await Task.Run(() => context.DisposeAsync().AsTask());
        foreach (Task<int> read in reads[answered..])
        {
            await SoakWork.EndsWith<ObjectDisposedException>(read, "a read of a disposed context");
        }

        foreach ((UringPipeStream reader, UringPipeStream writer) in pairs)
        {
            reader.Dispose();
            await writer.DisposeAsync();
        }

        work.Count("context: made and disposed");
        work.Count("context: reads answered", answered);
        work.Count("context: reads disposed", count - answered);
    }

    /// <summary>Random sequences against the model.</summary>
    public static Task ModelAsync(SoakWork work, Random random)
    {
        int first = random.Next();
        string folder = work.NewPath();
        return OnAThread(() =>
        {
            Directory.CreateDirectory(folder);
            using ModelPlaces places = new();
            for (int i = 0; i < ModelSequences && !work.Stop.IsCancellationRequested; i++)
            {
                work.Count("model: steps", ModelRun.Run(places, folder, unchecked(first + i)));
                work.Count("model: sequences");
            }

            Directory.Delete(folder, recursive: true);
        });
    }

    private static Task OnAThread(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    [LibraryImport("libc")]
    private static partial int eventfd(uint count, int flags);
}
