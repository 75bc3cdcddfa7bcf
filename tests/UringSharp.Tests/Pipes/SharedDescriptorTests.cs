using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.IO.Pipes;
using System.Net.Sockets;
using System.Text;
using Microsoft.Win32.SafeHandles;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>What cannot be opened a second time, or belongs to others: sockets, the pipes of a child process, a terminal's master, eventfd(2), another user's pipe.</summary>
[Category("FaultsSoak")]
public sealed class SharedDescriptorTests : PipeFixture
{
    private readonly byte[] _buffer = new byte[4096];

    [Test]
    public async Task A_socket_is_read_and_written_under_a_token_and_keeps_its_mode()
    {
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Folder["socket"]));
        listener.Listen();
        using Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(Folder["socket"]));
        using Socket server = listener.Accept();
        int flags = PipeLibc.StatusFlags((int)client.SafeHandle.DangerousGetHandle());
        await using var stream = UringPipeStream.FromHandle(client.SafeHandle, FileAccess.ReadWrite, Context);
        PipeLibc.StatusFlags((int)client.SafeHandle.DangerousGetHandle()).Should().Be(flags);

        using CancellationTokenSource source = new();
        Task<int> cancelled = stream.ReadAsync(_buffer, source.Token).AsTask();
        await Pends();
        source.Cancel();
        await FluentActions.Awaiting(() => Eventually.Ends(cancelled)).Should().ThrowAsync<OperationCanceledException>();

        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();
        server.Send("hello"u8);
        (await Eventually.Ends(read)).Should().Be(5);

        byte[] much = new byte[1_000_000];
        new Random(Seed()).NextBytes(much);
        Task writing = stream.WriteAsync(much).AsTask();
        byte[] received = new byte[much.Length];
        for (int done = 0; done < received.Length;)
        {
            done += server.Receive(received.AsSpan(done));
        }

        await Eventually.Ends(writing);
        received.AsSpan().SequenceEqual(much).Should().BeTrue();

        server.Shutdown(SocketShutdown.Both);
        server.Close();
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(0);
        await FluentActions.Awaiting(async () =>
        {
            await stream.WriteAsync(much);
            await stream.WriteAsync(much);
        }).Should().ThrowAsync<IOException>();
    }

    [Test]
    public async Task A_read_of_a_sleeping_childs_output_ends_within_5_ms_of_its_cancellation_and_the_child_goes_on()
    {
        using Process child = StartSleeping("echo woken; read line; echo got $line");
        SafePipeHandle output = ((AnonymousPipeClientStream)child.StandardOutput.BaseStream).SafePipeHandle;
        await using var stream = UringPipeStream.FromHandle(output, FileAccess.Read, Context);
        int sleeper = int.Parse(await ReadTextAsync(stream), CultureInfo.InvariantCulture);

        await CancellationsAreQuick(token => stream.ReadAsync(_buffer, token).AsTask());

        child.HasExited.Should().BeFalse("a cancelled read does the child no harm");
        Wake(sleeper);
        (await ReadTextAsync(stream)).Should().Be("woken\n");
        await child.StandardInput.WriteLineAsync("it");
        (await ReadTextAsync(stream)).Should().Be("got it\n");
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(0);
        await child.WaitForExitAsync().WaitAsync(Eventually.Deadline);
        child.ExitCode.Should().Be(0);
    }

    [Test]
    public async Task A_write_to_a_sleeping_childs_full_input_ends_within_5_ms_of_its_cancellation_and_the_child_goes_on()
    {
        using Process child = StartSleeping("exec cat");
        SafePipeHandle output = ((AnonymousPipeClientStream)child.StandardOutput.BaseStream).SafePipeHandle;
        SafePipeHandle input = ((AnonymousPipeClientStream)child.StandardInput.BaseStream).SafePipeHandle;
        await using var reader = UringPipeStream.FromHandle(output, FileAccess.Read, Context);
        int sleeper = int.Parse(await ReadTextAsync(reader), CultureInfo.InvariantCulture);
        byte[] content = new byte[300_000];
        new Random(Seed()).NextBytes(content);
        int written;
        await using (var writer = UringPipeStream.FromHandle(input, FileAccess.Write, Context))
        {
            // The pipe takes what it holds, and no more.
            using CancellationTokenSource source = new();
            Task cut = writer.WriteAsync(content, source.Token).AsTask();
            await Pends();
            source.Cancel();
            written = (int)(await FluentActions.Awaiting(() => cut.WaitAsync(Eventually.Deadline)).Should().ThrowAsync<PipeWriteCanceledException>()).Which.BytesWritten;

            await CancellationsAreQuick(token => writer.WriteAsync(content.AsMemory(written, 1_000), token).AsTask());

            child.HasExited.Should().BeFalse("a cancelled write does the child no harm");
            Wake(sleeper);
            await writer.WriteAsync(content.AsMemory(written, 1_000)).AsTask().WaitAsync(Eventually.Deadline);
        }

        child.StandardInput.Close();
        MemoryStream seen = new();
        await reader.CopyToAsync(seen).WaitAsync(Eventually.Deadline);
        seen.ToArray().AsSpan().SequenceEqual(content.AsSpan(0, written + 1_000)).Should().BeTrue("it gets what was written, once, and nothing of what was cancelled");
        await child.WaitForExitAsync().WaitAsync(Eventually.Deadline);
        child.ExitCode.Should().Be(0);
    }

    [Test]
    public async Task A_childs_input_is_written_and_its_end_is_the_streams_and_the_owners()
    {
        ProcessStartInfo info = new("/bin/cat") { RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process child = Process.Start(info)!;
        var input = (AnonymousPipeClientStream)child.StandardInput.BaseStream;
        await using (var stream = UringPipeStream.FromHandle(input.SafePipeHandle, FileAccess.Write, Context))
        {
            await stream.WriteAsync("hello"u8.ToArray());
        }

        child.StandardInput.Close();

        (await child.StandardOutput.ReadToEndAsync().WaitAsync(Eventually.Deadline)).Should().Be("hello");
        await child.WaitForExitAsync().WaitAsync(Eventually.Deadline);
    }

    [Test]
    public async Task The_pipes_of_the_BCL_are_served_both_ways()
    {
        using AnonymousPipeServerStream server = new(PipeDirection.Out);
        using AnonymousPipeClientStream client = new(PipeDirection.In, server.ClientSafePipeHandle);
        await using var reader = UringPipeStream.FromHandle(client.SafePipeHandle, FileAccess.Read, Context);
        await using (var writer = UringPipeStream.FromHandle(server.SafePipeHandle, FileAccess.Write, Context))
        {
            await writer.WriteAsync("one"u8.ToArray());
        }

        (await Eventually.Ends(reader.ReadAsync(_buffer).AsTask())).Should().Be(3);
        server.Write("two"u8);
        (await Eventually.Ends(reader.ReadAsync(_buffer).AsTask())).Should().Be(3);
        server.Dispose();
        (await Eventually.Ends(reader.ReadAsync(_buffer).AsTask())).Should().Be(0);
    }

    [Test]
    public async Task A_terminal_is_talked_to_from_both_sides()
    {
        (int master, string slavePath) = PipeLibc.Terminal();
        using SafeFileHandle masterHandle = new(master, ownsHandle: true);
        using SafeFileHandle slaveHandle = new(PipeLibc.MustOpen(slavePath, PipeLibc.ReadWrite | PipeLibc.NoControllingTerminal), ownsHandle: true);
        int flags = PipeLibc.StatusFlags(master);
        await using var outside = UringPipeStream.FromHandle(masterHandle, FileAccess.ReadWrite, Context);
        await using var inside = UringPipeStream.FromHandle(slaveHandle, FileAccess.ReadWrite, Context);

        using CancellationTokenSource source = new();
        Task<int> cancelled = outside.ReadAsync(_buffer, source.Token).AsTask();
        await Pends();
        source.Cancel();
        await FluentActions.Awaiting(() => Eventually.Ends(cancelled)).Should().ThrowAsync<OperationCanceledException>();

        await outside.WriteAsync("typed\n"u8.ToArray()).AsTask().WaitAsync(Eventually.Deadline);
        int read = await Eventually.Ends(inside.ReadAsync(_buffer).AsTask());
        Encoding.ASCII.GetString(_buffer, 0, read).Should().Be("typed\n");

        await inside.WriteAsync("shown"u8.ToArray()).AsTask().WaitAsync(Eventually.Deadline);
        StringBuilder seen = new();
        while (!seen.ToString().Contains("shown", StringComparison.Ordinal))
        {
            read = await Eventually.Ends(outside.ReadAsync(_buffer).AsTask());
            seen.Append(Encoding.ASCII.GetString(_buffer, 0, read));
        }

        PipeLibc.StatusFlags(master).Should().Be(flags);
    }

    [Test]
    public async Task A_terminal_that_takes_no_more_holds_up_nobody([Values] bool busyPolls)
    {
        // A thread that does not sleep is not woken by requests, which would get it out of a write that waits.
        await using UringContext context = new(new UringOptions { BusyPoll = busyPolls ? TimeSpan.FromMilliseconds(1) : TimeSpan.Zero });
        (int master, string slavePath) = PipeLibc.Terminal();
        using SafeFileHandle masterHandle = new(master, ownsHandle: true);
        using SafeFileHandle slave = new(PipeLibc.MustOpen(slavePath, PipeLibc.ReadWrite | PipeLibc.NoControllingTerminal), ownsHandle: true);
        using Process raw = NativeHelpers.Start("/bin/stty", "-F", slavePath, "raw", "-echo");
        await raw.WaitForExitAsync();
        raw.ExitCode.Should().Be(0);
        await using var outside = UringPipeStream.FromHandle(masterHandle, FileAccess.Write, context);
        using CancellationTokenSource source = new();
        Task writing = outside.WriteAsync(new byte[200_000], source.Token).AsTask();
        await Waits(1);
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(context);

        // Bystanders on the same ring.
        for (int i = 0; i < 200; i++)
        {
            Task<int> read = reader.ReadAsync(_buffer).AsTask();
            await Waits(2);
            await writer.WriteAsync(new byte[] { 1 });
            (await Eventually.Ends(read)).Should().Be(1);
        }

        writing.IsCompleted.Should().BeFalse("nobody reads the terminal");
        source.Cancel();

        (await FluentActions.Awaiting(() => writing.WaitAsync(Eventually.Deadline)).Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(source.Token);
        await reader.DisposeAsync();
        await writer.DisposeAsync();

        Task Waits(int operations) => Eventually.Holds(() => context.GetStatistics().InFlight == operations, () => $"{context.GetStatistics().InFlight} operations in flight");
    }

    [Test]
    public async Task Another_users_pipe_is_read_and_written_through_its_open_descriptor()
    {
        // Root makes the pipe and opens it; nobody, who could not open it, inherits the descriptors.
        ChildResult result = await TestChild.RunAsNobodyBehindAsync(
            ["/bin/sh", "-c", "mkfifo -m 600 \"$0\" && exec \"$@\" 0<>\"$0\"", Folder["fifo"]], "share-standard-input");

        result.ExitCode.Should().Be(0, result.Errors);
        result.Output.Trim().Should().Be("through the ring");
    }

    [Test]
    public async Task A_pipe_reader_of_the_BCL_waits_by_empty_reads()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
        for (byte i = 0; i < 100; i++)
        {
            ValueTask<ReadResult> reading = reader.ReadAsync();
            if (i % 2 == 0 && i > 0)
            {
                await Pends();
            }

            using FifoWriter writer = new(path);
            writer.Write([i]);
            ReadResult result = await reading.AsTask().WaitAsync(Eventually.Deadline);
            result.Buffer.FirstSpan[0].Should().Be(i);
            reader.AdvanceTo(result.Buffer.End);
            if (i == 0)
            {
                // From here on it has a writer that stays.
                _ = Keep(path);
            }
        }

        await reader.CompleteAsync();
    }

    [Test]
    public void A_context_that_is_disposed_is_named()
    {
        UringContext context = new();
        context.Dispose();
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        FluentActions.Invoking(() => UringPipeStream.FromHandle(socket.SafeHandle, FileAccess.ReadWrite, context)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => UringPipeStream.CreatePair(context)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => UringPipeStream.OpenStandardInput(context)).Should().Throw<ObjectDisposedException>();
    }

    /// <summary>Starts a shell that tells the number of a process it waits for, neither reading nor writing, and then runs a script.</summary>
    private static Process StartSleeping(string script) => Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"sleep 600 & echo $!; wait; {script}"])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    /// <summary>Ends what the shell waits for.</summary>
    private static void Wake(int sleeper)
    {
        using var process = Process.GetProcessById(sleeper);
        process.Kill();
    }

    private async Task<string> ReadTextAsync(UringPipeStream stream) =>
        Encoding.ASCII.GetString(_buffer, 0, await Eventually.Ends(stream.ReadAsync(_buffer).AsTask()));

    /// <summary>Cancels many calls that wait; the median is judged, which a busy machine spoils less than one call.</summary>
    private async Task CancellationsAreQuick(Func<CancellationToken, Task> call)
    {
        List<double> times = [];
        for (int i = 0; i < 21; i++)
        {
            using CancellationTokenSource source = new();
            Task waiting = call(source.Token);
            await Pends();
            long started = Stopwatch.GetTimestamp();
            source.Cancel();
            await Eventually.Ends(waiting);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            (await FluentActions.Awaiting(() => waiting).Should().ThrowAsync<OperationCanceledException>()).Which.Should().NotBeOfType<PipeWriteCanceledException>();
        }

        times.Sort();
        Report($"from Cancel to the end: median {times[times.Count / 2]:0.00} ms, longest {times[^1]:0.00} ms");
        times[times.Count / 2].Should().BeLessThanOrEqualTo(5);
    }

    private FifoWriter Keep(string path)
    {
        FifoWriter writer = new(path);
        _kept.Add(writer);
        return writer;
    }

    private readonly List<FifoWriter> _kept = [];

    [TearDown]
    public void Close_what_is_kept() => _kept.ForEach(static writer => writer.Dispose());
}
