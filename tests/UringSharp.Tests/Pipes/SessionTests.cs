using System.Diagnostics;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>One set of writers after the other: nothing is lost in between, and sessions are not merged (kernel fact F8).</summary>
[Category("Faults")]
public sealed class SessionTests : PipeFixture
{
    private readonly byte[] _buffer = new byte[4096];

    [Test]
    public async Task Reopening_before_the_end_is_refused_and_loses_nothing()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        await FluentActions.Awaiting(() => stream.ReopenAsync().AsTask()).Should().ThrowAsync<InvalidOperationException>();
        FifoWriter.Visit(path, [1, 2]);
        await FluentActions.Awaiting(() => stream.ReopenAsync().AsTask()).Should().ThrowAsync<InvalidOperationException>();

        (await ReadAsync(stream)).Should().Equal(1, 2);
        await EndsAsync(stream);
        await stream.ReopenAsync();

        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();
        await FluentActions.Awaiting(() => stream.ReopenAsync().AsTask()).Should().ThrowAsync<InvalidOperationException>("a read is under way");
        FifoWriter.Visit(path, [3]);
        (await Eventually.Ends(read)).Should().Be(1);
        await EndsAsync(stream);
    }

    [Test]
    public async Task The_end_is_reported_until_it_is_reopened_whatever_next_writers_do()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        FifoWriter.Visit(path, [1]);
        await ReadAsync(stream);
        await EndsAsync(stream);
        using FifoWriter next = new(path);
        next.Write([2]);
        await EndsAsync(stream);

        await stream.ReopenAsync();

        (await ReadAsync(stream)).Should().Equal(2);
        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();
        next.Write([3]);
        (await Eventually.Ends(read)).Should().Be(1);
    }

    [Test]
    public async Task What_writers_left_behind_between_end_and_reopening_is_a_session_of_its_own()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        FifoWriter.Visit(path, [1]);
        await ReadAsync(stream);
        await EndsAsync(stream);
        FifoWriter.Visit(path, [2, 3]);

        await stream.ReopenAsync();
        using FifoWriter later = new(path);
        later.Write([4]);

        // One byte at a time, so that the count is kept over reads.
        (await stream.ReadAsync(_buffer.AsMemory(0, 1)).AsTask().WaitAsync(Eventually.Deadline)).Should().Be(1);
        _buffer[0].Should().Be(2);
        (await ReadAsync(stream)).Should().Equal([3], "the later writer's byte is another session's");
        (await stream.ReadAsync(Memory<byte>.Empty).AsTask().WaitAsync(Eventually.Deadline)).Should().Be(0);
        await EndsAsync(stream);

        await stream.ReopenAsync();
        (await ReadAsync(stream)).Should().Equal(4);
    }

    [Test]
    public async Task Many_sessions_of_a_writer_process_lose_nothing()
    {
        const int size = 40;
        const int sessions = 300;
        const int each = 20;
        const int count = each * sessions;
        (UringPipeStream stream, string path) = await OpenNewAsync();
        NumberedStream seen = new(size);
        using Process writer = NativeHelpers.StartWriter(path, each, size, maxDelayMicroseconds: 3, sessions: sessions);
        int ends = 0;
        using CancellationTokenSource enough = new(Eventually.Deadline);
        await foreach (UringPipeStream session in stream.ReadSessionsAsync(enough.Token))
        {
            int read;
            while ((read = await session.ReadAsync(_buffer, enough.Token)) > 0)
            {
                seen.Take(_buffer.AsSpan(0, read));
            }

            seen.IsWhole.Should().BeTrue("a session ends where its writer does");
            ends++;
            if (seen.Messages == count)
            {
                break;
            }
        }

        await writer.WaitForExitAsync().WaitAsync(Eventually.Deadline);
        Report($"{sessions} sessions written, {ends} seen");
        ends.Should().BeLessThanOrEqualTo(sessions);
    }

    [Test]
    public async Task Of_sessions_the_next_is_not_given_before_the_last_has_been_read()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        FifoWriter.Visit(path, [1]);
        await using IAsyncEnumerator<UringPipeStream> sessions = stream.ReadSessionsAsync().GetAsyncEnumerator();
        (await sessions.MoveNextAsync()).Should().BeTrue();
        sessions.Current.Should().BeSameAs(stream);

        await FluentActions.Awaiting(() => sessions.MoveNextAsync().AsTask()).Should().ThrowAsync<InvalidOperationException>();

        (await ReadAsync(stream)).Should().Equal([1], "nothing is lost");
    }

    [Test]
    public async Task Waiting_for_the_next_session_can_be_cancelled_and_taken_up_again()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        for (byte round = 0; round < 20; round++)
        {
            using CancellationTokenSource source = new();
            IAsyncEnumerator<UringPipeStream> sessions = stream.ReadSessionsAsync(source.Token).GetAsyncEnumerator();
            Task<bool> next = sessions.MoveNextAsync().AsTask();
            await Pends();
            source.Cancel();
            await FluentActions.Awaiting(() => Eventually.Ends(next)).Should().ThrowAsync<OperationCanceledException>();
            await sessions.DisposeAsync();

            FifoWriter.Visit(path, [round]);
            await foreach (UringPipeStream session in stream.ReadSessionsAsync())
            {
                (await ReadAsync(session)).Should().Equal(round);
                await EndsAsync(session);
                break;
            }
        }
    }

    [Test]
    public async Task Without_an_end_a_stream_stays_open_from_writer_to_writer()
    {
        string path = Folder.Fifo();
        await using UringPipeStream stream = await NamedPipe.OpenReadAsync(path, new NamedPipeOptions { Context = Context, EndOfStream = EndOfStreamMode.Never });
        stream.CanWrite.Should().BeFalse();
        int workers = ProcessFacts.KernelWorkers;
        for (byte round = 0; round < 100; round++)
        {
            Task<int> read = stream.ReadAsync(_buffer).AsTask();
            if (round % 2 == 0)
            {
                await Pends();
            }

            FifoWriter.Visit(path, [round]);
            (await Eventually.Ends(read)).Should().Be(1);
            _buffer[0].Should().Be(round);
        }

        ProcessFacts.KernelWorkers.Should().BeLessThanOrEqualTo(workers);
    }

    [Test]
    public async Task Without_an_end_and_without_permission_to_write_it_is_opened_anew_inside()
    {
        string path = Folder.Fifo();
        File.SetUnixFileMode(Folder.FullPath, (UnixFileMode)0x1FF);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        // As nobody, in a process of its own: root may always write.
        Task<ChildResult> child = TestChild.RunAsNobodyAsync("read-endlessly", path, "40");
        using Process writer = NativeHelpers.StartWriter(path, 4, 16, maxDelayMicroseconds: 200, sessions: 10);
        ChildResult result = await child;
        await writer.WaitForExitAsync().WaitAsync(Eventually.Deadline);

        result.ExitCode.Should().Be(0, result.Errors);
        result.Output.Trim().Should().Be("40 messages in order");
    }

    [Test]
    public void Options_are_checked()
    {
        FluentActions.Invoking(() => new NamedPipeOptions { EndOfStream = (EndOfStreamMode)7 }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new NamedPipeOptions { Capacity = -1 }).Should().Throw<ArgumentOutOfRangeException>();
    }

    private async Task<byte[]> ReadAsync(UringPipeStream stream)
    {
        int read = await stream.ReadAsync(_buffer).AsTask().WaitAsync(Eventually.Deadline);
        return _buffer[..read];
    }

    private async Task EndsAsync(UringPipeStream stream) => (await ReadAsync(stream)).Should().BeEmpty();
}
