using System.Diagnostics;
using System.Net.Sockets;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>Opening for writing waits for a reader, and holds nothing up.</summary>
public sealed class WriterOpeningTests : PipeFixture
{
    [Test]
    public async Task With_a_reader_it_is_open_at_once()
    {
        (UringPipeStream reader, string path) = await OpenNewAsync();

        await using UringPipeStream writer = await NamedPipe.OpenWriteAsync(path, Options).AsTask().WaitAsync(Eventually.Deadline);

        (writer.CanRead, writer.CanWrite).Should().Be((false, true));
        await writer.WriteAsync(new byte[] { 1, 2 });
        (await reader.ReadAsync(new byte[8])).Should().Be(2);
    }

    [Test]
    public async Task It_waits_for_a_reader_of_ours_and_for_one_that_blocks_in_its_own_open()
    {
        string path = Folder.Fifo();
        Task<UringPipeStream> opening = NamedPipe.OpenWriteAsync(path, Options).AsTask();
        opening.IsCompleted.Should().BeFalse();
        await using (UringPipeStream reader = await NamedPipe.OpenReadAsync(path, Options))
        {
            await using UringPipeStream writer = await Eventually.Ends(opening);
            await writer.WriteAsync(new byte[] { 1 });
            (await reader.ReadAsync(new byte[8])).Should().Be(1);
        }

        opening = NamedPipe.OpenWriteAsync(path, Options).AsTask();
        using Process child = NativeHelpers.Start("/bin/cat", path);
        await using (UringPipeStream writer = await Eventually.Ends(opening))
        {
            await writer.WriteAsync("hello"u8.ToArray());
        }

        (await child.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.Deadline)).Should().Be("hello");
    }

    [Test]
    public async Task A_cancelled_wait_ends_and_leaves_no_descriptor()
    {
        string path = Folder.Fifo();
        for (int i = 0; i < 20; i++)
        {
            using CancellationTokenSource source = new();
            Task<UringPipeStream> opening = NamedPipe.OpenWriteAsync(path, Options, source.Token).AsTask();
            if (i % 2 == 0)
            {
                await Eventually.Holds(() => OpenDescriptors.CountOf(path) == 1, () => "it does not wait yet");
            }

            source.Cancel();

            (await FluentActions.Awaiting(() => Eventually.Ends(opening)).Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(source.Token);
            await Eventually.Holds(() => OpenDescriptors.CountOf(path) == 0, () => "a descriptor is left");
        }
    }

    [Test]
    public async Task Disposing_the_context_ends_the_wait()
    {
        string path = Folder.Fifo();
        UringContext context = new();
        Task<UringPipeStream> opening = NamedPipe.OpenWriteAsync(path, new NamedPipeOptions { Context = context }).AsTask();

        await context.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

        await FluentActions.Awaiting(() => Eventually.Ends(opening)).Should().ThrowAsync<ObjectDisposedException>();
        await Eventually.Holds(() => OpenDescriptors.CountOf(path) == 0, () => "a descriptor is left");
    }

    [Test]
    public async Task A_thousand_that_wait_add_no_thread_and_each_gets_its_reader()
    {
        const int count = 1_000;
        string[] paths = [.. Enumerable.Range(0, count).Select(i => Folder.Fifo($"fifo-{i}"))];
        int pumpThreads = ProcessFacts.PumpThreads;
        int threads = ProcessFacts.Threads;
        int workers = ProcessFacts.KernelWorkers;
        Task<UringPipeStream>[] openings = [.. paths.Select(path => NamedPipe.OpenWriteAsync(path, Options).AsTask())];
        await Eventually.Holds(() => Support.OpenDescriptors.Of(Folder.FullPath) == count, () => "they do not all wait");
        openings.Should().OnlyContain(static opening => !opening.IsCompleted);

        // One thread tries again for all of them; the blocking pool's may stay for some seconds.
        ProcessFacts.PumpThreads.Should().BeLessThanOrEqualTo(pumpThreads + 1);
        Report($"{ProcessFacts.Threads - threads} threads more, {ProcessFacts.KernelWorkers} kernel workers");
        (ProcessFacts.Threads - threads).Should().BeLessThan(20);
        ProcessFacts.KernelWorkers.Should().BeLessThanOrEqualTo(workers);

        // Others on the context go on.
        string file = Folder.File("file", new byte[4096]);
        await using UringFile other = await UringFile.OpenAsync(file, FileMode.Open, FileAccess.Read, new UringFileOptions { Context = Context });
        (await other.ReadAsync(new byte[4096], 0)).Should().Be(4096);

        List<UringPipeStream> readers = [];
        foreach (string path in paths)
        {
            readers.Add(await NamedPipe.OpenReadAsync(path, Options));
        }

        UringPipeStream[] writers = await Task.WhenAll(openings).WaitAsync(Eventually.Deadline);
        foreach (UringPipeStream stream in writers.Concat(readers))
        {
            await stream.DisposeAsync();
        }
    }

    [Test]
    public async Task Cancellation_against_a_readers_arrival_leaks_nothing()
    {
        string path = Folder.Fifo();
        Random random = new(Seed());
        int opened = 0;
        int cancelled = 0;
        SoakTime time = new();
        BalancedPause pause = new(random);
        const int parallel = 200;
        while (time.GoesOn(opened + cancelled >= SoakTime.Races))
        {
            CancellationTokenSource[] sources = [.. Enumerable.Range(0, parallel).Select(static _ => new CancellationTokenSource())];
            Task<UringPipeStream>[] openings = [.. sources.Select(source => NamedPipe.OpenWriteAsync(path, Options, source.Token).AsTask())];
            await using UringPipeStream reader = await NamedPipe.OpenReadAsync(path, Options);
            Task cancelling = OnAThreadOfItsOwn(() =>
            {
                foreach (CancellationTokenSource source in sources)
                {
                    pause.Spend();
                    source.Cancel();
                }
            });
            int won = 0;
            foreach (Task<UringPipeStream> opening in openings)
            {
                try
                {
                    await using UringPipeStream writer = await Eventually.Ends(opening);
                    won++;
                }
                catch (OperationCanceledException)
                {
                }
            }

            await cancelling;
            pause.Learn(secondWon: won < parallel / 2);
            opened += won;
            cancelled += parallel - won;
            foreach (CancellationTokenSource source in sources)
            {
                source.Dispose();
            }
        }

        Report($"{opened + cancelled} races: {opened} opened, {cancelled} cancelled in {time.Elapsed.TotalSeconds:0.0} s");
        opened.Should().BePositive();
        cancelled.Should().BePositive();
        await Eventually.Holds(() => OpenDescriptors.CountOf(path) == 0, () => "a descriptor is left");
    }

    [Test]
    public async Task What_is_no_pipe_missing_or_forbidden_is_named()
    {
        string file = Folder.File("file", [1]);
        string missing = Folder["missing"];
        string behind = Path.Combine(Folder["nowhere"], "fifo");

        foreach (Func<string, ValueTask<UringPipeStream>> open in new Func<string, ValueTask<UringPipeStream>>[]
        {
            path => NamedPipe.OpenWriteAsync(path, Options),
            path => NamedPipe.OpenReadWriteAsync(path, Options),
            path => NamedPipe.OpenReadAsync(path, new NamedPipeOptions { Context = Context, EndOfStream = EndOfStreamMode.Never }),
        })
        {
            IOException noPipe = (await FluentActions.Awaiting(() => open(file).AsTask()).Should().ThrowAsync<IOException>().WithMessage($"*{file}*")).Which;
            noPipe.HResult.Should().Be(22);
            (await FluentActions.Awaiting(() => open(missing).AsTask()).Should().ThrowAsync<FileNotFoundException>()).Which.FileName.Should().Be(missing);
            await FluentActions.Awaiting(() => open(behind).AsTask()).Should().ThrowAsync<DirectoryNotFoundException>().WithMessage($"*{behind}*");
            await FluentActions.Awaiting(() => open(Folder.FullPath).AsTask()).Should().ThrowAsync<UnauthorizedAccessException>().WithMessage($"*{Folder.FullPath}*");
            FluentActions.Invoking(() => open(string.Empty)).Should().Throw<ArgumentException>();
        }

        // A socket's path answers ENXIO as well, but nobody will ever read it.
        string socket = Folder["socket"];
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(socket));
        (await FluentActions.Awaiting(() => NamedPipe.OpenWriteAsync(socket, Options).AsTask().WaitAsync(Eventually.Deadline)).Should().ThrowAsync<IOException>())
            .Which.HResult.Should().Be(22);
    }

    [Test]
    public async Task A_forbidden_pipe_is_refused_to_others()
    {
        string path = Folder.Fifo();
        File.SetUnixFileMode(Folder.FullPath, (UnixFileMode)0x1FF);
        ChildResult result = await TestChild.RunAsNobodyAsync("open-forbidden-pipe", path);

        result.ExitCode.Should().Be(0, result.Errors);
        result.Output.Trim().Split('\n').Should().OnlyContain(line => line == $"UnauthorizedAccessException Access to the path '{path}' is denied.");
    }

    [Test]
    public void Exists_is_true_for_named_pipes_alone()
    {
        string path = Folder.Fifo();
        File.CreateSymbolicLink(Folder["link"], path);

        NamedPipe.Exists(path).Should().BeTrue();
        NamedPipe.Exists(Folder["link"]).Should().BeTrue();
        NamedPipe.Exists(Folder.File("file", [1])).Should().BeFalse();
        NamedPipe.Exists(Folder.FullPath).Should().BeFalse();
        NamedPipe.Exists(Folder["missing"]).Should().BeFalse();
        NamedPipe.Exists(null).Should().BeFalse();
        NamedPipe.Exists(string.Empty).Should().BeFalse();
        NamedPipe.Exists("a\0b").Should().BeFalse();
    }

    [Test]
    public async Task A_pipe_holds_as_much_as_was_asked_for()
    {
        string path = Folder.Fifo();
        NamedPipeOptions wide = new() { Context = Context, Capacity = 200_000 };
        await using UringPipeStream both = await NamedPipe.OpenReadWriteAsync(path, wide);
        ValueTask write = both.WriteAsync(new byte[262_144]);
        write.IsCompletedSuccessfully.Should().BeTrue("the kernel rounds up to a power of two");
        await write;

        // It holds more than that now.
        IOException busy = (await FluentActions.Awaiting(() => NamedPipe.OpenReadAsync(path, new NamedPipeOptions { Context = Context, Capacity = 4096 }).AsTask())
            .Should().ThrowAsync<IOException>()).Which;
        busy.HResult.Should().Be(16);
    }
}
