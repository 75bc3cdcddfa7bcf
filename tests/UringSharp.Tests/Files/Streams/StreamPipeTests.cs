using Microsoft.Win32.SafeHandles;
using UringSharp.Interop;
using UringSharp.Tests.Pipes;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.Streams;

/// <summary>Paths behind which there is no file: they open at once and behave as pipes.</summary>
[Category("FaultsSoak")]
public sealed class StreamPipeTests : FileTests
{
    [Test]
    public async Task A_FIFO_opens_for_reading_without_a_writer([Values] bool isAsync)
    {
        Folder.Fifo();
        await using UringFileStream stream = await Open(FileAccess.Read, isAsync);

        stream.CanSeek.Should().BeFalse();
        stream.CanRead.Should().BeTrue();
        stream.CanWrite.Should().BeFalse();
        stream.Name.Should().Be(Folder["fifo"]);
    }

    [Test]
    public async Task A_FIFO_answers_questions_of_place_as_FileStream_does()
    {
        Folder.Fifo();
        await using UringFileStream ours = await Open(FileAccess.ReadWrite, isAsync: true);
        using FileStream theirs = new(Folder["fifo"], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Action<Stream>[] questions =
        [
            static stream => _ = stream.Position,
            static stream => stream.Position = 1,
            static stream => stream.Position = -1,
            static stream => _ = stream.Length,
            static stream => stream.Seek(0, SeekOrigin.Begin),
            static stream => stream.Seek(0, (SeekOrigin)7),
            static stream => stream.SetLength(0),
            static stream => stream.SetLength(-1),
            static stream => stream.Flush(),
            static stream => _ = stream.ReadTimeout,
        ];
        foreach (Action<Stream> question in questions)
        {
            Outcome(question, ours).Should().Be(Outcome(question, theirs));
        }

        static string Outcome(Action<Stream> question, Stream stream)
        {
            try
            {
                question(stream);
                return "ok";
            }
            catch (Exception e)
            {
                return StreamOpenOutcome.Describe(e);
            }
        }
    }

    [Test]
    [Category("NotWithFaults")] // Expects whole reads of a pipe.
    public async Task A_read_of_a_FIFO_waits_and_can_be_cancelled_and_loses_nothing()
    {
        Folder.Fifo();
        await using UringFileStream stream = await Open(FileAccess.Read, isAsync: true);
        byte[] buffer = new byte[10];
        using CancellationTokenSource source = new();
        Task<int> read = stream.ReadAsync(buffer, source.Token).AsTask();
        read.IsCompleted.Should().BeFalse();
        await source.CancelAsync();
        (await Failure(() => Eventually.Ends(read))).Should().BeAssignableTo<OperationCanceledException>().Which.As<OperationCanceledException>().CancellationToken.Should().Be(source.Token);

        using (FileStream writer = new(Folder["fifo"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0))
        {
            writer.Write("hello"u8);
            (await Eventually.Ends(stream.ReadAsync(buffer).AsTask())).Should().Be(5);
        }

        buffer.AsSpan(0, 5).SequenceEqual("hello"u8).Should().BeTrue();
        (await Eventually.Ends(stream.ReadAsync(buffer).AsTask())).Should().Be(0, "all writers have left");
    }

    [Test]
    public async Task Dispose_ends_a_read_that_waits([Values] bool isAsync)
    {
        Folder.Fifo();
        UringFileStream stream = await Open(FileAccess.Read, isAsync: true);
        Task<int> read = stream.ReadAsync(new byte[10]).AsTask();
        if (isAsync)
        {
            await Ends(stream.DisposeAsync());
        }
        else
        {
            stream.Dispose();
        }

        (await Failure(() => Eventually.Ends(read))).Should().BeOfType<ObjectDisposedException>();
    }

    [Test]
    public async Task A_FIFO_that_nobody_reads_is_waited_for_until_somebody_does()
    {
        Folder.Fifo();
        Task<UringFileStream> opening = UringFileStream.OpenAsync(Folder["fifo"], Options(FileAccess.Write)).AsTask();
        await using UringFileStream reader = await Open(FileAccess.Read, isAsync: false);
        await using UringFileStream writer = await Eventually.Ends(opening);

        await writer.WriteAsync("hello"u8.ToArray());
        byte[] buffer = new byte[10];
        (await Eventually.Ends(reader.ReadAsync(buffer).AsTask())).Should().Be(5);
    }

    [Test]
    public async Task Waiting_for_a_reader_can_be_cancelled()
    {
        Folder.Fifo();
        using CancellationTokenSource source = new();
        Task<UringFileStream> opening = UringFileStream.OpenAsync(Folder["fifo"], Options(FileAccess.Write), source.Token).AsTask();
        await source.CancelAsync();

        (await Failure(() => Eventually.Ends(opening))).Should().BeAssignableTo<OperationCanceledException>();
    }

    [Test]
    public void A_FIFO_that_nobody_reads_does_not_hang_the_constructor()
    {
        Folder.Fifo();
        FluentActions.Invoking(() => new UringFileStream(Folder["fifo"], Options(FileAccess.Write))).Should().Throw<IOException>().Which.HResult.Should().Be(Errno.ENXIO);
    }

    [Test]
    public async Task A_socket_is_refused_as_by_FileStream_and_not_waited_for()
    {
        using System.Net.Sockets.Socket socket = new(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(Folder["socket"]));
        Exception expected = await Failure(() => Task.FromResult(new FileStream(Folder["socket"], FileMode.Open, FileAccess.Write)));

        Exception actual = await Failure(async () => await UringFileStream.OpenAsync(Folder["socket"], Options(FileAccess.Write)));

        StreamOpenOutcome.Describe(actual).Should().Be(StreamOpenOutcome.Describe(expected));
    }

    [Test]
    public async Task A_write_that_finds_no_room_waits_and_all_of_it_arrives([Values] bool isSync)
    {
        Folder.Fifo();
        FileContent content = new(3);
        await using UringFileStream reader = await Open(FileAccess.Read, isAsync: true);
        const int length = 1 << 20;
        var writing = Task.Run(async () =>
        {
            await using UringFileStream writer = await Open(FileAccess.Write, isAsync: true);
            if (isSync)
            {
                writer.Write(content.At(0, length));
            }
            else
            {
                await writer.WriteAsync(content.At(0, length));
            }
        });

        byte[] buffer = new byte[5000];
        long offset = 0;
        for (int read; (read = await Eventually.Ends(reader.ReadAsync(buffer).AsTask())) > 0; offset += read)
        {
            content.ShouldBe(buffer.AsSpan(0, read), offset);
        }

        await Eventually.Ends(writing);
        await writing;
        offset.Should().Be(length);
    }

    [Test]
    public async Task Writes_begun_at_the_same_time_arrive_whole_and_in_order()
    {
        Folder.Fifo();
        FileContent content = new(4);
        await using UringFileStream reader = await Open(FileAccess.Read, isAsync: true);
        await using UringFileStream writer = await Open(FileAccess.Write, isAsync: true);
        const int size = 30_000;
        Task[] writes = [.. Enumerable.Range(0, 20).Select(i => writer.WriteAsync(content.At(i * size, size)).AsTask())];
        byte[] read = new byte[20 * size];

        await Eventually.Ends(reader.ReadExactlyAsync(read).AsTask());

        await Eventually.Ends(Task.WhenAll(writes));
        content.ShouldBe(read, 0);
    }

    [Test]
    public async Task A_write_that_waits_can_be_cancelled()
    {
        Folder.Fifo();
        await using UringFileStream reader = await Open(FileAccess.Read, isAsync: true);
        await using UringFileStream writer = await Open(FileAccess.Write, isAsync: true);
        using CancellationTokenSource source = new();
        Task writing = writer.WriteAsync(new byte[1 << 20], source.Token).AsTask();
        Task behind = writer.WriteAsync(new byte[10], source.Token).AsTask();
        writing.IsCompleted.Should().BeFalse();
        await source.CancelAsync();

        (await Failure(() => Eventually.Ends(writing).ContinueWith(_ => writing, TaskScheduler.Default).Unwrap())).Should().BeAssignableTo<OperationCanceledException>();
        (await Failure(() => Eventually.Ends(behind).ContinueWith(_ => behind, TaskScheduler.Default).Unwrap())).Should().BeAssignableTo<OperationCanceledException>();
    }

    [Test]
    public async Task A_reader_that_leaves_breaks_the_pipe_as_with_FileStream([Values] bool whileItWaits)
    {
        Folder.Fifo();
        UringFileStream reader = await Open(FileAccess.Read, isAsync: true);
        await using UringFileStream writer = await Open(FileAccess.Write, isAsync: true);
        Task? waiting = whileItWaits ? writer.WriteAsync(new byte[1 << 20]).AsTask() : null;
        await reader.DisposeAsync();
        Exception expected = new IOException($"Broken pipe : '{Folder["fifo"]}'", 32);

        Exception actual = await Failure(() => waiting ?? writer.WriteAsync(new byte[10]).AsTask());

        StreamOpenOutcome.Describe(actual).Should().Be(StreamOpenOutcome.Describe(expected));
        StreamOpenOutcome.Describe(await Failure(() => Task.Run(() => writer.Write(new byte[10])))).Should().Be(StreamOpenOutcome.Describe(expected));
    }

    [Test]
    public async Task A_terminal_opens_at_once_and_is_read_and_written()
    {
        (int master, string path) = PipeLibc.Terminal();
        using SafeFileHandle owner = new(master, ownsHandle: true);
        await using UringFileStream stream = await Ends(UringFileStream.OpenAsync(path, Options(FileAccess.ReadWrite)));
        byte[] buffer = new byte[64];
        using CancellationTokenSource source = new();
        Task<int> read = stream.ReadAsync(buffer, source.Token).AsTask();
        await source.CancelAsync();
        (await Failure(() => Eventually.Ends(read))).Should().BeAssignableTo<OperationCanceledException>();

        PipeLibc.Write(master, "hello\n"u8).Should().Be(6);
        (await Eventually.Ends(stream.ReadAsync(buffer).AsTask())).Should().Be(6);
        await stream.WriteAsync("answer"u8.ToArray());
        stream.CanSeek.Should().BeFalse();
    }

    [Test]
    public async Task The_null_device_takes_everything_and_has_nothing()
    {
        await using UringFileStream stream = await Ends(UringFileStream.OpenAsync("/dev/null", Options(FileAccess.ReadWrite)));
        await stream.WriteAsync(new byte[100_000]);
        (await stream.ReadAsync(new byte[10])).Should().Be(0);
        stream.Position.Should().Be(100_000);
    }

    [Test]
    public async Task An_anonymous_pipe_is_served_through_its_handle()
    {
        (SafeFileHandle readEnd, SafeFileHandle writeEnd) = Libc.Pipe();
        await using UringFileStream reader = new(readEnd, FileAccess.Read);
        await using (UringFileStream writer = new(writeEnd, FileAccess.Write))
        {
            await writer.WriteAsync("hello"u8.ToArray());
        }

        byte[] buffer = new byte[10];
        (await Eventually.Ends(reader.ReadAsync(buffer).AsTask())).Should().Be(5);
        (await Eventually.Ends(reader.ReadAsync(buffer).AsTask())).Should().Be(0);
        writeEnd.IsClosed.Should().BeTrue();
    }

    private static FileStreamOptions Options(FileAccess access) => new() { Access = access, Share = FileShare.ReadWrite };

    private async Task<UringFileStream> Open(FileAccess access, bool isAsync) => isAsync
        ? await Ends(UringFileStream.OpenAsync(Folder["fifo"], Options(access)))
        : await Eventually.Ends(Task.Run(() => new UringFileStream(Folder["fifo"], Options(access))));
}
