using System.Buffers;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>A ring of almost no entries: everything is delayed, nothing is lost (law 5, kernel fact R12).</summary>
public sealed class SmallRingTests
{
    [Test]
    public async Task A_thousand_direct_reads_at_once_all_complete([Values(1, 4)] int queueDepth, [Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { QueueDepth = queueDepth, Continuations = mode });
        using DirectFile file = await DirectFile.OpenAsync(folder, context);

        await ReadBlocks(file, 1_000);
    }

    [Test]
    public async Task A_thousand_opens_at_once_all_complete([Values(1, 4)] int queueDepth)
    {
        using TempFolder folder = new();
        string path = folder.File("file", [1, 2, 3]);
        await using UringContext context = new(new UringOptions { QueueDepth = queueDepth });
        UringFileOptions options = new() { Context = context };

        var opening = Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read, options).AsTask()));
        UringFile[] files = await Eventually.Ends(opening);

        files.Select(file => file.SafeFileHandle.DangerousGetHandle()).Should().OnlyHaveUniqueItems();
        Array.ForEach(files, static file => file.Dispose());
    }

    [Test]
    public async Task Reads_that_wait_for_a_peer_do_not_hold_up_reads_of_a_file([Values(1, 4)] int queueDepth)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { QueueDepth = queueDepth });
        using DirectFile file = await DirectFile.OpenAsync(folder, context);
        Fifo[] fifos = await OpenFifos(folder, context, 1_000);
        Task<int>[] waiting = [.. fifos.Select(fifo => fifo.Reader.ReadAsync(new byte[8]).AsTask())];
        await Eventually.Holds(() => context.GetStatistics().InFlight >= 1_000, () => $"{context.GetStatistics().InFlight} in flight");

        await ReadBlocks(file, 200);

        waiting.Should().OnlyContain(read => !read.IsCompleted);
        Array.ForEach(fifos, static fifo => fifo.Dispose());
        await Eventually.Ends((Task)Task.WhenAll(waiting));
    }

    [Test]
    public async Task A_thousand_reads_that_become_ready_at_once_all_complete([Values(1, 4)] int queueDepth, [Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { QueueDepth = queueDepth, Continuations = mode });
        Fifo[] fifos = await OpenFifos(folder, context, 1_000);
        byte[][] buffers = [.. fifos.Select(_ => new byte[8])];
        Task<int>[] waiting = [.. fifos.Select((fifo, i) => fifo.Reader.ReadAsync(buffers[i]).AsTask())];
        await Eventually.Holds(() => context.GetStatistics().InFlight >= 1_000, () => $"{context.GetStatistics().InFlight} in flight");

        for (int i = 0; i < fifos.Length; i++)
        {
            fifos[i].Write(i);
        }

        (await Eventually.Ends(Task.WhenAll(waiting))).Should().OnlyContain(read => read == 8);
        buffers.Select(buffer => BitConverter.ToInt64(buffer)).Should().Equal(Enumerable.Range(0, fifos.Length).Select(i => (long)i));
        Array.ForEach(fifos, static fifo => fifo.Dispose());
    }

    [Test]
    public async Task A_thousand_pending_reads_can_all_be_cancelled_at_once([Values(1, 4)] int queueDepth)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { QueueDepth = queueDepth });
        using CancellationTokenSource source = new();
        Fifo[] fifos = await OpenFifos(folder, context, 1_000);
        Task[] waiting = [.. fifos.Select(fifo => fifo.Reader.ReadAsync(new byte[8], source.Token).AsTask())];

        await source.CancelAsync();

        await Eventually.Ends((Task)Task.WhenAll(waiting));
        waiting.Should().OnlyContain(read => read.IsCanceled);
        Array.ForEach(fifos, static fifo => fifo.Dispose());
    }

    [Test]
    public async Task A_cancel_gets_through_while_the_queues_are_full([Values(1, 4)] int queueDepth)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { QueueDepth = queueDepth });
        using DirectFile file = await DirectFile.OpenAsync(folder, context);
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        using CancellationTokenSource ended = new();
        Task[] busy = [.. Enumerable.Range(0, 64).Select(_ => ReadUntil(file, ended.Token))];

        for (int i = 0; i < 200; i++)
        {
            using CancellationTokenSource source = new();
            var read = fifo.Reader.ReadAsync(new byte[8], source.Token).AsTask();
            await source.CancelAsync();
            await Eventually.Ends((Task)read);
            read.IsCanceled.Should().BeTrue();
        }

        await ended.CancelAsync();
        await Eventually.Ends(Task.WhenAll(busy));
        await Task.WhenAll(busy);
    }

    [Test]
    public async Task A_context_ends_with_a_thousand_operations_queued([Values(1, 4)] int queueDepth)
    {
        using TempFolder folder = new();
        UringContext context = new(new UringOptions { QueueDepth = queueDepth });
        using DirectFile file = await DirectFile.OpenAsync(folder, context);
        Fifo[] fifos = await OpenFifos(folder, context, 200);
        using IMemoryOwner<byte> memory = file.Rent();
        Task[] waiting =
        [
            .. fifos.Select(fifo => fifo.Reader.ReadAsync(new byte[8]).AsTask()),
            .. Enumerable.Range(0, 1_000).Select(i => file.File.ReadAsync(memory.Memory, i % 16 * DirectFile.BlockSize).AsTask()),
        ];

        await Eventually.Ends(context.DisposeAsync().AsTask());

        await Eventually.Ends((Task)Task.WhenAll(waiting));
        waiting.Should().OnlyContain(task => task.IsCompletedSuccessfully || task.Exception!.InnerException is ObjectDisposedException);
        Array.ForEach(fifos, static fifo => fifo.Dispose());
    }

    private static async Task<Fifo[]> OpenFifos(TempFolder folder, UringContext context, int count)
    {
        var fifos = new Fifo[count];
        for (int i = 0; i < count; i++)
        {
            fifos[i] = await Fifo.OpenAsync(folder.Fifo($"fifo-{i}"), context).ConfigureAwait(false);
        }

        return fifos;
    }

    private static async Task ReadBlocks(DirectFile file, int count)
    {
        IMemoryOwner<byte>[] memory = [.. Enumerable.Range(0, count).Select(_ => file.Rent())];
        Task<int>[] reads = [.. memory.Select((block, i) => file.File.ReadAsync(block.Memory, i % 16 * DirectFile.BlockSize).AsTask())];
        (await Eventually.Ends(Task.WhenAll(reads)).ConfigureAwait(false)).Should().OnlyContain(read => read == DirectFile.BlockSize);
        for (int i = 0; i < count; i++)
        {
            memory[i].Memory.Span.IndexOfAnyExcept((byte)(i % 16)).Should().Be(-1, "each block went to its own memory");
            memory[i].Dispose();
        }
    }

    private static async Task ReadUntil(DirectFile file, CancellationToken ended)
    {
        using IMemoryOwner<byte> memory = file.Rent();
        while (!ended.IsCancellationRequested)
        {
            await file.File.ReadAsync(memory.Memory, 0, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
