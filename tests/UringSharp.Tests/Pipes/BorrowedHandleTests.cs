using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>Descriptors somebody else owns: Law 11. Their flags stay, and when their number has become a stranger's, the stranger is not touched.</summary>
public sealed class BorrowedHandleTests : PipeFixture
{
    private readonly byte[] _buffer = new byte[64];

    public enum WrapperDisposed
    {
        BeforeTheOwnerCloses,
        AfterTheOwnerHasClosed,
        AfterAStrangerHasTheNumber,
    }

    [TestCase(WrapperDisposed.BeforeTheOwnerCloses)]
    [TestCase(WrapperDisposed.AfterTheOwnerHasClosed)]
    [TestCase(WrapperDisposed.AfterAStrangerHasTheNumber)]
    public async Task The_owner_may_close_while_a_read_is_pending_and_a_stranger_may_take_the_number(WrapperDisposed disposed)
    {
        string path = Folder.Fifo();
        string strangersPath = Folder.File("stranger", "stranger"u8);
        for (int i = 0; i < 50; i++)
        {
            int descriptor = PipeLibc.MustOpen(path, PipeLibc.ReadOnly | PipeLibc.NonBlocking);
            using SafeFileHandle borrowed = new(descriptor, ownsHandle: false);
            var stream = UringPipeStream.FromHandle(borrowed, FileAccess.Read, Context);
            Task<int> read = stream.ReadAsync(_buffer).AsTask();
            await Pends();

            if (disposed == WrapperDisposed.BeforeTheOwnerCloses)
            {
                stream.Dispose();
            }

            PipeLibc.Close(descriptor).Should().Be(0);
            if (disposed == WrapperDisposed.AfterTheOwnerHasClosed)
            {
                stream.Dispose();
            }

            var stranger = Stranger.Take(descriptor, strangersPath);
            if (disposed == WrapperDisposed.AfterAStrangerHasTheNumber)
            {
                stream.Dispose();
            }

            await FluentActions.Awaiting(() => Eventually.Ends(read)).Should().ThrowAsync<ObjectDisposedException>();
            await stream.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
            stranger.ShouldBeUntouched();
            stranger.Leave();
            OpenDescriptors.CountOf(path).Should().Be(0);
        }
    }

    [Test]
    public async Task Cancelling_after_a_stranger_has_the_number_ends_the_read_and_leaves_the_stranger_alone()
    {
        string path = Folder.Fifo();
        string strangersPath = Folder.File("stranger", "stranger"u8);
        for (int i = 0; i < 50; i++)
        {
            int descriptor = PipeLibc.MustOpen(path, PipeLibc.ReadOnly | PipeLibc.NonBlocking);
            using SafeFileHandle borrowed = new(descriptor, ownsHandle: false);
            await using var stream = UringPipeStream.FromHandle(borrowed, FileAccess.Read, Context);
            using CancellationTokenSource source = new();
            Task<int> read = stream.ReadAsync(_buffer, source.Token).AsTask();
            await Pends();
            PipeLibc.Close(descriptor).Should().Be(0);
            var stranger = Stranger.Take(descriptor, strangersPath);

            source.Cancel();

            await FluentActions.Awaiting(() => Eventually.Ends(read)).Should().ThrowAsync<OperationCanceledException>();
            stranger.ShouldBeUntouched();
            stranger.Leave();
        }
    }

    [Test]
    public async Task Data_still_arrives_after_the_owner_has_closed_and_nothing_is_read_from_the_stranger()
    {
        string path = Folder.Fifo();
        string strangersPath = Folder.File("stranger", "stranger"u8);
        int descriptor = PipeLibc.MustOpen(path, PipeLibc.ReadOnly | PipeLibc.NonBlocking);
        using SafeFileHandle borrowed = new(descriptor, ownsHandle: false);
        await using var stream = UringPipeStream.FromHandle(borrowed, FileAccess.Read, Context);
        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();
        _ = PipeLibc.Close(descriptor);
        var stranger = Stranger.Take(descriptor, strangersPath);

        FifoWriter.Visit(path, [1, 2, 3]);

        (await Eventually.Ends(read)).Should().Be(3);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(0);
        stranger.ShouldBeUntouched();
        stranger.Leave();
    }

    [Test]
    public async Task Close_dispose_and_data_at_the_same_time_never_hang_or_leak_or_touch_a_stranger()
    {
        string path = Folder.Fifo();
        string strangersPath = Folder.File("stranger", "stranger"u8);
        BalancedPause pause = new(new Random(Seed()));
        int delivered = 0;
        int disposed = 0;
        int keeper = PipeLibc.MustOpen(path, PipeLibc.ReadOnly | PipeLibc.NonBlocking);
        for (int i = 0; i < (SoakTime.IsLong ? 20_000 : 1_000); i++)
        {
            int descriptor = PipeLibc.MustOpen(path, PipeLibc.ReadOnly | PipeLibc.NonBlocking);
            SafeFileHandle borrowed = new(descriptor, ownsHandle: false);
            var stream = UringPipeStream.FromHandle(borrowed, FileAccess.Read, Context);
            Task<int> read = stream.ReadAsync(_buffer).AsTask();
            int ready = 0;
            var other = Task.Run(() =>
            {
                Volatile.Write(ref ready, 1);
                pause.Spend();
                stream.Dispose();
                borrowed.Dispose();
            });
            SpinUntilSet(ref ready);
            _ = PipeLibc.Close(descriptor);
            var stranger = Stranger.Take(descriptor, strangersPath);
            FifoWriter.Visit(path, [(byte)i]);
            await other;
            byte[] left = new byte[2];
            try
            {
                (await Eventually.Ends(read)).Should().Be(1);
                _buffer[0].Should().Be((byte)i);
                delivered++;
                pause.Learn(secondWon: false);
                PipeLibc.Read(keeper, left).Should().BeLessThanOrEqualTo(0);
            }
            catch (ObjectDisposedException)
            {
                disposed++;
                pause.Learn(secondWon: true);
                PipeLibc.Read(keeper, left).Should().Be(1);
                left[0].Should().Be((byte)i);
            }

            stranger.ShouldBeUntouched();
            stranger.Leave();
        }

        _ = PipeLibc.Close(keeper);
        Report($"{delivered} delivered, {disposed} disposed");
        await Eventually.Holds(() => OpenDescriptors.CountOf(path) == 0, () => "descriptors of the FIFO are still open");
    }

    [TestCase(0)]
    [TestCase(PipeLibc.NonBlocking)]
    public async Task The_flags_of_the_original_stay_as_they_are(int flags)
    {
        string path = Folder.Fifo();
        int keeper = PipeLibc.MustOpen(path, PipeLibc.ReadOnly | PipeLibc.NonBlocking);
        using FifoWriter writer = new(path);
        int descriptor = PipeLibc.MustOpen(path, PipeLibc.ReadOnly | flags);
        int before = PipeLibc.StatusFlags(descriptor);
        using (SafeFileHandle borrowed = new(descriptor, ownsHandle: true))
        {
            await using (var stream = UringPipeStream.FromHandle(borrowed, FileAccess.Read, Context))
            {
                Task<int> read = stream.ReadAsync(_buffer).AsTask();
                await Pends();
                PipeLibc.StatusFlags(descriptor).Should().Be(before);
                writer.Write([1]);
                (await Eventually.Ends(read)).Should().Be(1);
                PipeLibc.StatusFlags(descriptor).Should().Be(before);
            }

            PipeLibc.StatusFlags(descriptor).Should().Be(before);
            borrowed.IsClosed.Should().BeFalse("the stream does not own it");
        }

        _ = PipeLibc.Close(keeper);
    }

    [Test]
    public async Task The_original_can_be_read_by_its_owner_afterwards()
    {
        string path = Folder.Fifo();
        int descriptor = PipeLibc.MustOpen(path, PipeLibc.ReadOnly | PipeLibc.NonBlocking);
        using SafeFileHandle borrowed = new(descriptor, ownsHandle: true);
        using FifoWriter writer = new(path);
        var stream = UringPipeStream.FromHandle(borrowed, FileAccess.Read, Context);
        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();
        await stream.DisposeAsync();
        await FluentActions.Awaiting(() => read).Should().ThrowAsync<ObjectDisposedException>();

        writer.Write([7]);

        PipeLibc.Read(descriptor, _buffer).Should().Be(1);
        _buffer[0].Should().Be(7);
    }

    [Test]
    public async Task An_end_that_came_before_FromHandle_is_reported()
    {
        string path = Folder.Fifo();
        int descriptor = PipeLibc.MustOpen(path, PipeLibc.ReadOnly | PipeLibc.NonBlocking);
        using SafeFileHandle borrowed = new(descriptor, ownsHandle: true);
        FifoWriter.Visit(path);

        await using var stream = UringPipeStream.FromHandle(borrowed, FileAccess.Read, Context);

        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask(), TimeSpan.FromSeconds(3))).Should().Be(0);
    }

    [Test]
    public async Task Data_and_an_end_that_came_before_FromHandle_are_reported_in_that_order()
    {
        string path = Folder.Fifo();
        int descriptor = PipeLibc.MustOpen(path, PipeLibc.ReadOnly | PipeLibc.NonBlocking);
        using SafeFileHandle borrowed = new(descriptor, ownsHandle: true);
        FifoWriter.Visit(path, [1, 2]);

        await using var stream = UringPipeStream.FromHandle(borrowed, FileAccess.Read, Context);

        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask(), TimeSpan.FromSeconds(3))).Should().Be(2);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask(), TimeSpan.FromSeconds(3))).Should().Be(0);
    }

    [Test]
    public async Task A_FIFO_nobody_has_written_to_yet_has_not_ended()
    {
        string path = Folder.Fifo();
        int descriptor = PipeLibc.MustOpen(path, PipeLibc.ReadOnly | PipeLibc.NonBlocking);
        using SafeFileHandle borrowed = new(descriptor, ownsHandle: true);
        await using var stream = UringPipeStream.FromHandle(borrowed, FileAccess.Read, Context);

        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();
        FifoWriter.Visit(path, [1]);

        (await Eventually.Ends(read)).Should().Be(1);
    }

    [Test]
    public async Task An_anonymous_pipe_is_read_to_its_end()
    {
        using AnonymousPipeServerStream server = new(PipeDirection.Out);
        using SafePipeHandle reading = server.ClientSafePipeHandle;
        await using var stream = UringPipeStream.FromHandle(reading, FileAccess.Read, Context);
        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();

        server.Write([1, 2]);
        (await Eventually.Ends(read)).Should().Be(2);
        read = stream.ReadAsync(_buffer).AsTask();
        await Pends();
        server.Dispose();

        (await Eventually.Ends(read)).Should().Be(0);
    }

    [Test]
    public async Task An_anonymous_pipe_whose_writer_has_left_already_is_at_its_end()
    {
        using AnonymousPipeServerStream server = new(PipeDirection.Out);
        using SafePipeHandle reading = server.ClientSafePipeHandle;
        server.Write([1]);
        server.Dispose();

        await using var stream = UringPipeStream.FromHandle(reading, FileAccess.Read, Context);

        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask(), TimeSpan.FromSeconds(3))).Should().Be(1);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask(), TimeSpan.FromSeconds(3))).Should().Be(0);
    }

    [Test]
    public async Task Cancelling_the_read_of_a_childs_output_leaves_the_child_unharmed()
    {
        using Process child = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "read line; echo got $line"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        SafePipeHandle output = ((AnonymousPipeClientStream)child.StandardOutput.BaseStream).SafePipeHandle;
        await using var stream = UringPipeStream.FromHandle(output, FileAccess.Read, Context);
        for (int i = 0; i < 100; i++)
        {
            using CancellationTokenSource source = new();
            Task<int> read = stream.ReadAsync(_buffer, source.Token).AsTask();
            source.Cancel();
            await FluentActions.Awaiting(() => Eventually.Ends(read)).Should().ThrowAsync<OperationCanceledException>();
        }

        child.HasExited.Should().BeFalse();
        await child.StandardInput.WriteLineAsync("it");
        using StreamReader reader = new(stream);

        (await Eventually.Ends(reader.ReadLineAsync())).Should().Be("got it");
        (await Eventually.Ends(reader.ReadLineAsync())).Should().BeNull();
        await Eventually.Ends(child.WaitForExitAsync());
    }

    [Test]
    public async Task A_child_that_sleeps_can_be_read_under_a_timeout()
    {
        using Process child = NativeHelpers.Start("/bin/sleep", "1000");
        SafePipeHandle output = ((AnonymousPipeClientStream)child.StandardOutput.BaseStream).SafePipeHandle;
        await using (var stream = UringPipeStream.FromHandle(output, FileAccess.Read, Context))
        {
            using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(30));

            await FluentActions.Awaiting(() => Eventually.Ends(stream.ReadAsync(_buffer, source.Token).AsTask())).Should().ThrowAsync<OperationCanceledException>();

            child.HasExited.Should().BeFalse();
            child.Kill();
            (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(0);
        }

        await Eventually.Ends(child.WaitForExitAsync());
    }

    [Test]
    public async Task Dev_null_is_at_its_end()
    {
        using SafeFileHandle handle = File.OpenHandle("/dev/null");
        await using var stream = UringPipeStream.FromHandle(handle, FileAccess.Read, Context);

        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(0);
        (await Eventually.Ends(stream.ReadAsync(Memory<byte>.Empty).AsTask())).Should().Be(0);
        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(0);
    }

    [Test]
    public async Task Dev_zero_gives_zeros_as_many_as_asked_for()
    {
        using SafeFileHandle handle = File.OpenHandle("/dev/zero");
        await using var stream = UringPipeStream.FromHandle(handle, FileAccess.Read, Context);
        byte[] buffer = [.. Enumerable.Repeat((byte)1, 300_000)];

        await Eventually.Ends(stream.ReadExactlyAsync(buffer).AsTask());

        buffer.All(value => value == 0).Should().BeTrue();
    }

    [Test]
    public void A_regular_file_is_refused_as_UringFiles_business()
    {
        using SafeFileHandle file = File.OpenHandle(Folder.File("file", [1]));

        for (int i = 0; i < 100; i++)
        {
            FluentActions.Invoking(() => UringPipeStream.FromHandle(file, FileAccess.Read, Context)).Should().Throw<IOException>().WithMessage("*UringFile*");
        }
    }

    [Test]
    public void A_folder_is_refused_as_FileStream_refuses_it()
    {
        int descriptor = PipeLibc.MustOpen(Folder.FullPath, PipeLibc.ReadOnly);
        using SafeFileHandle folder = new(descriptor, ownsHandle: true);

        FluentActions.Invoking(() => UringPipeStream.FromHandle(folder, FileAccess.Read, Context)).Should().Throw<UnauthorizedAccessException>();
    }

    [Test]
    public void Access_the_handle_is_not_open_for_is_refused()
    {
        using SafeFileHandle reading = File.OpenHandle("/dev/null");
        using SafeFileHandle writing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write);

        FluentActions.Invoking(() => UringPipeStream.FromHandle(reading, FileAccess.Write, Context)).Should().Throw<UnauthorizedAccessException>();
        FluentActions.Invoking(() => UringPipeStream.FromHandle(reading, FileAccess.ReadWrite, Context)).Should().Throw<UnauthorizedAccessException>();
        FluentActions.Invoking(() => UringPipeStream.FromHandle(writing, FileAccess.Read, Context)).Should().Throw<UnauthorizedAccessException>();
        FluentActions.Invoking(() => UringPipeStream.FromHandle(writing, (FileAccess)4, Context)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Test]
    public void A_handle_that_is_none_is_refused()
    {
        SafeFileHandle closed = File.OpenHandle("/dev/null");
        closed.Dispose();
        using SafeFileHandle invalid = new(-1, ownsHandle: false);

        FluentActions.Invoking(() => UringPipeStream.FromHandle(null!, FileAccess.Read, Context)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => UringPipeStream.FromHandle(closed, FileAccess.Read, Context)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => UringPipeStream.FromHandle(invalid, FileAccess.Read, Context)).Should().Throw<ArgumentException>();
    }

    [Test]
    public void A_number_that_is_open_no_more_is_refused()
    {
        (int reading, int writing) = PipeLibc.Pipe();
        using SafeFileHandle stale = new(reading, ownsHandle: false);
        _ = PipeLibc.Close(reading);
        _ = PipeLibc.Close(writing);

        FluentActions.Invoking(() => UringPipeStream.FromHandle(stale, FileAccess.Read, Context))
            .Should().Throw<Exception>().Which.Should().Match(e => e is IOException || e is UnauthorizedAccessException);
    }

    [Test]
    public void A_handle_of_a_disposed_context_is_refused()
    {
        UringContext context = new();
        context.Dispose();
        using SafeFileHandle handle = File.OpenHandle("/dev/null");

        FluentActions.Invoking(() => UringPipeStream.FromHandle(handle, FileAccess.Read, context)).Should().Throw<ObjectDisposedException>();
    }

    [Test]
    public async Task A_random_device_is_read()
    {
        using SafeFileHandle random = File.OpenHandle("/dev/urandom");
        await using var stream = UringPipeStream.FromHandle(random, FileAccess.Read, Context);

        (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(_buffer.Length);
    }

    [Test]
    public async Task A_handle_open_for_writing_only_is_not_read_from()
    {
        (int reading, int writing) = PipeLibc.Pipe();
        using SafeFileHandle borrowed = new(writing, ownsHandle: true);
        using SafeFileHandle other = new(reading, ownsHandle: true);
        _ = PipeLibc.Write(writing, [1, 2]);

        // Whatever it throws, and where: what was written is for somebody else.
        await FluentActions.Awaiting(async () =>
        {
            await using var stream = UringPipeStream.FromHandle(borrowed, FileAccess.Read, Context);
            await Eventually.Ends(stream.ReadAsync(_buffer).AsTask());
        }).Should().ThrowAsync<Exception>();

        PipeLibc.Read(reading, _buffer).Should().Be(2);
    }

    /// <summary>Somebody who has been given the number of a descriptor that was closed.</summary>
    private sealed class Stranger
    {
        private readonly int _descriptor;
        private readonly string _path;
        private readonly int _flags;

        private Stranger(int descriptor, string path)
        {
            _descriptor = descriptor;
            _path = path;
            _flags = PipeLibc.StatusFlags(descriptor);
        }

        /// <summary>Opens a file until it has the number.</summary>
        public static Stranger Take(int number, string path)
        {
            List<int> others = [];
            int descriptor;
            while ((descriptor = PipeLibc.MustOpen(path, PipeLibc.ReadOnly)) != number)
            {
                others.Add(descriptor);
                others.Count.Should().BeLessThan(1_000, "the number {0} must become free", number);
            }

            others.ForEach(other => PipeLibc.Close(other));
            return new Stranger(descriptor, path);
        }

        public void ShouldBeUntouched()
        {
            Span<byte> content = stackalloc byte[16];
            new FileInfo($"/proc/self/fd/{_descriptor.ToString(CultureInfo.InvariantCulture)}").LinkTarget.Should().Be(_path);
            PipeLibc.StatusFlags(_descriptor).Should().Be(_flags);
            int read = PipeLibc.Read(_descriptor, content);
            content[..read].SequenceEqual("stranger"u8).Should().BeTrue("nobody else has read from it");
        }

        public void Leave() => PipeLibc.Close(_descriptor).Should().Be(0, "nobody else has closed it");
    }
}
