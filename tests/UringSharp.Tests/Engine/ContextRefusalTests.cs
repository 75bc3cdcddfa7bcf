using System.Buffers;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>What is asked of a context that has ended or is ending: ObjectDisposedException, and never a hang.</summary>
public sealed class ContextRefusalTests
{
    [Test]
    public async Task Opening_a_file_is_refused_after_the_end()
    {
        using TempFolder folder = new();
        string path = folder.File("file", [1]);
        UringContext context = new();
        context.Dispose();

        await Refuses(async () => await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read, new UringFileOptions { Context = context }));
    }

    [Test]
    public async Task Opening_a_pipe_is_refused_after_the_end()
    {
        using TempFolder folder = new();
        string path = folder.Fifo();
        UringContext context = new();
        context.Dispose();

        await Refuses(async () => await Fifo.OpenReaderAsync(path, context));
    }

    [Test]
    public async Task A_read_of_an_empty_pipe_is_refused_after_the_end()
    {
        using TempFolder folder = new();
        UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        context.Dispose();

        await Refuses(() => fifo.Reader.ReadAsync(new byte[8]).AsTask());
    }

    [Test]
    public async Task A_read_of_a_pipe_that_holds_data_is_refused_after_the_end()
    {
        using TempFolder folder = new();
        UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        ValueTask<int> first = fifo.Reader.ReadAsync(new byte[8]);
        fifo.Write();
        await first;
        fifo.Write();
        context.Dispose();

        await Refuses(() => fifo.Reader.ReadAsync(new byte[8]).AsTask());
    }

    [Test]
    public async Task A_cached_read_of_a_file_is_refused_after_the_end() =>
        await RefusesOfFile(static file => file.ReadAsync(new byte[8], 0).AsTask());

    [Test]
    public async Task A_write_to_a_file_is_refused_after_the_end() =>
        await RefusesOfFile(static file => file.WriteAsync(new byte[8], 0).AsTask());

    [Test]
    public async Task A_flush_of_a_file_is_refused_after_the_end() =>
        await RefusesOfFile(static file => file.FlushAsync().AsTask());

    [Test]
    public async Task The_length_of_a_file_is_refused_after_the_end() =>
        await RefusesOfFile(static file => file.GetLengthAsync().AsTask());

    [Test]
    public async Task A_direct_read_of_a_file_is_refused_after_the_end()
    {
        using AlignedMemoryPool pool = new();
        using IMemoryOwner<byte> block = pool.Rent(4096);
        await RefusesOfFile(file => file.ReadAsync(block.Memory, 0).AsTask(), direct: true);
    }

    [Test]
    public async Task A_refused_read_gives_back_what_it_held()
    {
        using TempFolder folder = new();
        int descriptors = Footprint.DescriptorsInUse;
        UringContext context = new();
        Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        context.Dispose();
        for (int i = 0; i < 10; i++)
        {
            await Refuses(() => fifo.Reader.ReadAsync(new byte[8]).AsTask());
        }

        fifo.CloseWriter();
        await Eventually.Ends(fifo.Reader.DisposeAsync().AsTask());

        Footprint.Descriptors.Should().BeLessThanOrEqualTo(descriptors);
    }

    [Test]
    public async Task Reads_that_many_threads_start_beside_the_end_all_end([Values] ContinuationMode mode)
    {
        const int threads = 3;
        const int rounds = 60;
        using TempFolder folder = new();
        string[] paths = [.. Enumerable.Range(0, threads).Select(i => folder.Fifo($"fifo-{i}"))];
        int descriptors = Footprint.DescriptorsInUse;
        int answered = 0;
        for (int round = 0; round < rounds; round++)
        {
            UringContext context = new(new UringOptions { Continuations = mode });
            var fifos = new Fifo[threads];
            for (int i = 0; i < threads; i++)
            {
                fifos[i] = await Fifo.OpenAsync(paths[i], context);
            }

            using Barrier barrier = new(threads + 1);
            Task[] starting = [.. fifos.Select(fifo => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait();
                    List<Task<int>> reads = [];
                    try
                    {
                        while (reads.Count < 400)
                        {
                            fifo.Write();
                            reads.Add(fifo.Reader.ReadAsync(new byte[8]).AsTask());
                            reads.Add(fifo.Reader.ReadAsync(new byte[8]).AsTask());
                        }
                    }
                    catch (ObjectDisposedException)
                    {
                        // Refused before anything was started.
                    }

                    return reads;
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap(reads => Interlocked.Add(ref answered, reads)))];
            barrier.SignalAndWait();
            Thread.SpinWait(round * 200);
            context.Dispose();

            await Eventually.Ends(Task.WhenAll(starting));
            await Task.WhenAll(starting);
            Array.ForEach(fifos, static fifo => fifo.Dispose());
        }

        TestContext.Out.WriteLine($"{answered} reads got data before the end");
        await Eventually.Holds(() => Footprint.Descriptors <= descriptors, () => $"{Footprint.Descriptors - descriptors} descriptors left");
    }

    [Test]
    public async Task Opens_that_many_threads_start_beside_the_end_all_end_and_leak_no_descriptor()
    {
        const int threads = 3;
        using TempFolder folder = new();
        string path = folder.File("file", [1, 2, 3]);
        int descriptors = Footprint.DescriptorsInUse;
        for (int round = 0; round < 200; round++)
        {
            UringContext context = new();
            UringFileOptions options = new() { Context = context };
            using Barrier barrier = new(threads + 1);
            Task<Task<UringFile>[]>[] starting = [.. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait();
                    List<Task<UringFile>> opens = [];
                    for (int i = 0; i < 30; i++)
                    {
                        try
                        {
                            opens.Add(UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read, options).AsTask());
                        }
                        catch (ObjectDisposedException)
                        {
                            // Refused before anything was started.
                        }
                    }

                    return opens.ToArray();
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default))];
            barrier.SignalAndWait();
            Thread.SpinWait(round * 100);
            context.Dispose();

            foreach (Task<UringFile> open in (await Task.WhenAll(starting)).SelectMany(static opens => opens))
            {
                await Eventually.Ends((Task)open);
                if (open.IsCompletedSuccessfully)
                {
                    (await open).Dispose();
                }
                else
                {
                    open.Exception!.InnerException.Should().BeOfType<ObjectDisposedException>();
                }
            }
        }

        await Eventually.Holds(() => Footprint.Descriptors <= descriptors, () => $"{Footprint.Descriptors - descriptors} descriptors left");
    }

    private static async Task RefusesOfFile(Func<UringFile, Task> request, bool direct = false)
    {
        using TempFolder folder = new();
        string path = folder.File("file", new byte[8192]);
        UringContext context = new();
        UringFileOptions options = new() { Context = context, Direct = direct };
        using UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.ReadWrite, options);
        context.Dispose();

        await Refuses(() => request(file));
    }

    private static async Task Refuses(Func<Task> request)
    {
        var asked = Task.Run(request);
        await Eventually.Ends(asked, TimeSpan.FromSeconds(5));
        asked.IsFaulted.Should().BeTrue("a context that has ended refuses new work");
        asked.Exception!.InnerException.Should().BeOfType<ObjectDisposedException>();
    }
}

/// <summary>Ends of many reads.</summary>
file static class Reads
{
    /// <summary>Awaits all; data and ObjectDisposedException are both right. Reports how many had data.</summary>
    internal static async Task Unwrap(this Task<List<Task<int>>> started, Func<int, int> report)
    {
        int answered = 0;
        foreach (Task<int> read in await started.ConfigureAwait(false))
        {
            await Eventually.Ends((Task)read).ConfigureAwait(false);
            if (read.IsCompletedSuccessfully)
            {
                answered++;
            }
            else
            {
                read.Exception!.InnerException.Should().BeOfType<ObjectDisposedException>();
            }
        }

        report(answered);
    }
}
