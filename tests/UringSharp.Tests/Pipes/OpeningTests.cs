using System.Diagnostics;
using System.Globalization;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>Opening a read end waits for nobody, wherever the path comes from: kernel fact F1, Law 6.</summary>
public sealed class OpeningTests : PipeFixture
{
    private const int Pipes = 200;

    // An open that parks does so until a writer comes: for ever. This is generous for a cold disk.
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(5);

    [OneTimeSetUp]
    public async Task Use_the_default_context()
    {
        // Its threads and descriptors stay, and belong to what is there before a test.
        using TempFolder folder = new();
        string path = folder.Fifo();
        for (int i = 0; i < 100 && UringContext.Default.GetStatistics().PumpThreads < 2; i++)
        {
            await using UringPipeStream stream = await NamedPipe.OpenReadAsync(path);
            Task<int> read = stream.ReadAsync(new byte[4]).AsTask();
            FifoWriter.Visit(path, [1]);
            await Eventually.Ends(read);
        }
    }

    [Test]
    public async Task Opening_with_cold_dentries_waits_for_no_writer()
    {
        string[] paths = [.. Enumerable.Range(0, Pipes).Select(i => Folder.Fifo(i.ToString(CultureInfo.InvariantCulture)))];
        int workersBefore = ProcessFacts.KernelWorkers;
        DropDentries();
        long started = Stopwatch.GetTimestamp();

        Task<UringPipeStream>[] opens = [.. paths.Select(path => NamedPipe.OpenReadAsync(path, Options).AsTask())];
        UringPipeStream[] streams = await Eventually.Ends(Task.WhenAll(opens), s_atOnce);

        double milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        Report($"{Pipes} opens at once in {milliseconds:0.0} ms, {ProcessFacts.KernelWorkers - workersBefore} kernel workers after it");
        Array.ForEach(streams, stream => stream.Dispose());
    }

    [Test]
    public async Task Opening_one_by_one_with_cold_dentries_leaves_the_idle_kernel_workers_at_most()
    {
        int workersBefore = ProcessFacts.KernelWorkers;
        double worst = 0;
        for (int i = 0; i < 20; i++)
        {
            string path = Folder.Fifo(i.ToString(CultureInfo.InvariantCulture));
            DropDentries();
            long started = Stopwatch.GetTimestamp();

            UringPipeStream stream = await Eventually.Ends(NamedPipe.OpenReadAsync(path, Options).AsTask(), s_atOnce);

            worst = Math.Max(worst, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            stream.Dispose();
        }

        int workers = ProcessFacts.KernelWorkers - workersBefore;
        Report($"worst of 20 opens {worst:0.0} ms, {workers} kernel workers");
        workers.Should().BeLessThanOrEqualTo(2 * PumpThreads);
    }

    [Test]
    public async Task Opening_one_by_one_through_proc_self_fd_leaves_the_idle_kernel_workers_at_most()
    {
        int own = PipeLibc.MustOpen(Folder.Fifo(), PipeLibc.ReadOnly | PipeLibc.NonBlocking);
        int workersBefore = ProcessFacts.KernelWorkers;
        double worst = 0;
        for (int i = 0; i < 50; i++)
        {
            long started = Stopwatch.GetTimestamp();

            UringPipeStream stream = await Eventually.Ends(NamedPipe.OpenReadAsync($"/proc/self/fd/{own.ToString(CultureInfo.InvariantCulture)}", Options).AsTask(), s_atOnce);

            worst = Math.Max(worst, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            stream.Dispose();
        }

        int workers = ProcessFacts.KernelWorkers - workersBefore;
        _ = PipeLibc.Close(own);
        Report($"worst of 50 opens {worst:0.0} ms, {workers} kernel workers");
        workers.Should().BeLessThanOrEqualTo(2 * PumpThreads);
    }

    [Test]
    public async Task A_read_on_a_pipe_opened_cold_pends_and_is_answered()
    {
        string path = Folder.Fifo();
        DropDentries();
        await using UringPipeStream stream = await Eventually.Ends(NamedPipe.OpenReadAsync(path, Options).AsTask(), s_atOnce);
        byte[] buffer = new byte[4];
        Task<int> read = stream.ReadAsync(buffer).AsTask();
        await Pends();

        FifoWriter.Visit(path, [1]);

        (await Eventually.Ends(read)).Should().Be(1);
    }

    [Test]
    public async Task Opening_through_proc_self_fd_waits_for_no_writer()
    {
        string path = Folder.Fifo();
        int own = PipeLibc.MustOpen(path, PipeLibc.ReadOnly | PipeLibc.NonBlocking);
        int workersBefore = ProcessFacts.KernelWorkers;
        string again = $"/proc/self/fd/{own.ToString(CultureInfo.InvariantCulture)}";
        long started = Stopwatch.GetTimestamp();

        Task<UringPipeStream>[] opens = [.. Enumerable.Range(0, Pipes).Select(_ => NamedPipe.OpenReadAsync(again, Options).AsTask())];
        UringPipeStream[] streams = await Eventually.Ends(Task.WhenAll(opens), s_atOnce);

        Report($"{Pipes} opens at once in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0.0} ms, {ProcessFacts.KernelWorkers - workersBefore} kernel workers after it");
        Task<int> read = streams[0].ReadAsync(new byte[4]).AsTask();
        await Pends();
        FifoWriter.Visit(path, [1]);
        (await Eventually.Ends(read)).Should().Be(1);
        Array.ForEach(streams, stream => stream.Dispose());
        _ = PipeLibc.Close(own);
    }

    [Test]
    public async Task Opening_an_anonymous_pipe_through_proc_self_fd_reads_it()
    {
        (int reading, int writing) = PipeLibc.Pipe();
        await using (UringPipeStream stream = await Eventually.Ends(NamedPipe.OpenReadAsync($"/proc/self/fd/{reading}", Options).AsTask(), s_atOnce))
        {
            _ = PipeLibc.Write(writing, [1, 2]);
            (await Eventually.Ends(stream.ReadAsync(new byte[4]).AsTask())).Should().Be(2);
        }

        _ = PipeLibc.Close(reading);
        _ = PipeLibc.Close(writing);
    }

    [Test]
    public async Task The_descriptor_is_closed_on_exec()
    {
        (_, string path) = await OpenNewAsync();

        using Process child = NativeHelpers.Start("/bin/ls", "-l", "/proc/self/fd");
        string listing = await child.StandardOutput.ReadToEndAsync();

        listing.Should().NotContain(path);
    }

    [Test]
    public async Task Opening_follows_a_symbolic_link()
    {
        string path = Folder.Fifo();
        File.CreateSymbolicLink(Folder["link"], path);
        await using UringPipeStream stream = await NamedPipe.OpenReadAsync(Folder["link"], Options);
        FifoWriter.Visit(path, [1]);

        (await Eventually.Ends(stream.ReadAsync(new byte[4]).AsTask())).Should().Be(1);
    }

    [Test]
    public async Task A_path_with_characters_beyond_ASCII_is_the_file_systems_own()
    {
        const string name = "Rohr-ü-水-🚰";
        (UringPipeStream stream, _) = await OpenNewAsync(name);

        Directory.GetFiles(Folder.FullPath).Select(Path.GetFileName).Should().Equal(name);
        FifoWriter.Visit(Folder[name], [1]);
        (await Eventually.Ends(stream.ReadAsync(new byte[4]).AsTask())).Should().Be(1);
    }

    [Test]
    public async Task The_default_context_serves_whoever_names_none()
    {
        string path = Folder.Fifo();
        int descriptors;
        await using (UringPipeStream stream = await NamedPipe.OpenReadAsync(path))
        {
            Task<int> read = stream.ReadAsync(new byte[4]).AsTask();
            FifoWriter.Visit(path, [1]);
            (await Eventually.Ends(read)).Should().Be(1);
            descriptors = OpenDescriptors.CountOf(path);
        }

        descriptors.Should().Be(1);
        OpenDescriptors.CountOf(path).Should().Be(0);
    }

    /// <summary>Forgets what the kernel knows about paths (dentries and inodes), and nothing of the page cache, which other tests time.</summary>
    private static void DropDentries()
    {
        try
        {
            File.WriteAllText("/proc/sys/vm/drop_caches", "2\n");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            const string reason = "Only root may drop the kernel's caches (/proc/sys/vm/drop_caches).";
            TestContext.Progress.WriteLine($"skipped: {reason}");
            Assert.Ignore(reason);
        }
    }
}
