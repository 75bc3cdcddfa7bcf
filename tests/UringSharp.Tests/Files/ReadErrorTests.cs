using System.Buffers;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>Reads that cannot succeed say so as the BCL does, and leave nothing behind.</summary>
public sealed class ReadErrorTests : FileTests
{
    [Test]
    public async Task A_negative_offset_is_an_ArgumentOutOfRangeException()
    {
        await using UringFile file = await Open(BigFile.Path);

        (await Failure(() => file.ReadAsync(new byte[1], -1).AsTask())).Should().BeOfType<ArgumentOutOfRangeException>().Which.ParamName.Should().Be("offset");
    }

    [Test]
    public async Task Reading_a_file_that_is_open_for_writing_is_an_UnauthorizedAccessException_with_the_path([Values] bool direct)
    {
        string path = BigFile.Content.Write(Folder["file"], 8192);
        await using UringFile file = await Open(path, FileAccess.Write, direct: direct);
        using AlignedMemoryPool pool = new();
        using var block = pool.Rent();

        Exception failure = await Failure(() => file.ReadAsync(block.Memory, 0).AsTask());

        failure.Should().BeOfType<UnauthorizedAccessException>().Which.Message.Should().Contain(path);
    }

    [Test]
    public async Task Reading_a_file_that_is_open_for_writing_fails_as_with_the_BCL()
    {
        string path = BigFile.Content.Write(Folder["file"], 8192);
        await using UringFile file = await Open(path, FileAccess.Write);
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        byte[] buffer = new byte[10];

        Exception expected = await Failure(() => RandomAccess.ReadAsync(handle, buffer, 0).AsTask());
        Exception actual = await Failure(() => file.ReadAsync(buffer, 0).AsTask());

        OpenOutcome.Describe(actual, string.Empty).Should().Be(OpenOutcome.Describe(expected, string.Empty));
    }

    [Test]
    public async Task Reading_a_file_on_a_tmpfs_that_is_open_for_writing_fails_as_with_the_BCL()
    {
        using TempFolder folder = new("/dev/shm");
        string path = BigFile.Content.Write(folder["file"], 8192);
        await using UringFile file = await Open(path, FileAccess.Write);
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        byte[] buffer = new byte[10];

        Exception expected = await Failure(() => RandomAccess.ReadAsync(handle, buffer, 0).AsTask());
        Exception actual = await Failure(() => file.ReadAsync(buffer, 0).AsTask());

        OpenOutcome.Describe(actual, string.Empty).Should().Be(OpenOutcome.Describe(expected, string.Empty));
    }

    [Test]
    public async Task Reading_a_disposed_file_is_an_ObjectDisposedException_that_names_it()
    {
        UringFile file = await Open(BigFile.Path);
        file.Dispose();

        (await Failure(() => file.ReadAsync(new byte[1], 0).AsTask())).Should().BeOfType<ObjectDisposedException>().Which.ObjectName.Should().Be(typeof(UringFile).FullName);
        (await Failure(() => file.ReadAsync(Memory<byte>.Empty, 0).AsTask())).Should().BeOfType<ObjectDisposedException>();
        (await Failure(() => file.GetLengthAsync().AsTask())).Should().BeOfType<ObjectDisposedException>();
        (await Failure(() => file.FlushAsync().AsTask())).Should().BeOfType<ObjectDisposedException>();
    }

    [Test]
    public async Task Disposing_twice_does_nothing_more()
    {
        UringFile file = await Open(BigFile.Path);

        file.Dispose();
        file.Dispose();
        await file.DisposeAsync();
        await file.DisposeAsync();
    }

    [Test]
    public async Task Reading_when_the_descriptor_was_closed_is_an_ObjectDisposedException_that_names_the_file()
    {
        UringFile file = await Open(BigFile.Path);
        file.SafeFileHandle.Dispose();

        (await Failure(() => file.ReadAsync(new byte[1], 0).AsTask())).Should().BeOfType<ObjectDisposedException>().Which.ObjectName.Should().Be(typeof(UringFile).FullName);
    }

    [Test]
    public async Task A_cold_read_whose_context_is_disposed_is_an_ObjectDisposedException()
    {
        string path = BigFile.Cold();
        UringContext context = new();
        await using UringFile file = await Open(path, direct: true, context: context);
        await context.DisposeAsync();
        using AlignedMemoryPool pool = new();
        using var block = pool.Rent();

        (await Failure(() => file.ReadAsync(block.Memory, 0).AsTask())).Should().BeOfType<ObjectDisposedException>();
    }

    [Test]
    public async Task Memory_outside_the_managed_heap_is_read_into_and_unpinned([Values] bool direct, [Values] bool isCold)
    {
        string path = isCold ? BigFile.Cold() : BigFile.Path;
        await using UringFile file = await Open(path, direct: direct);
        CountingMemory memory = new(1 << 16);
        using IMemoryOwner<byte> owner = memory;

        (await Ends(file.ReadAsync(memory.Memory, 1 << 20))).Should().Be(1 << 16);

        BigFile.Content.ShouldBe(memory.GetSpan(), 1 << 20);
        memory.Pins.Should().Be(0);
    }

    [Test]
    [Category("Uring")]
    public async Task Memory_that_cannot_be_pinned_fails_the_read_with_its_own_exception_and_nothing_leaks([Values] bool direct)
    {
        string path = BigFile.Content.Write(Folder["file"], 1 << 20);
        Libc.Evict(path);
        await using UringFile file = await Open(path, direct: direct);
        CountingMemory memory = new(4096);
        using IMemoryOwner<byte> owner = memory;
        Memory<byte> buffer = memory.Memory;
        memory.ThrowsOnPin = true;
        int failures = 0;
        for (int i = 0; i < 100; i++)
        {
            Task<int> read = AsTask(() => file.ReadAsync(buffer, i * 4096));
            await Eventually.Ends((Task)read);
            if (!direct && read.IsCompletedSuccessfully)
            {
                // The probe of the page cache makes the kernel read (Linux 6.18), and a quick disk answers before it is probed again: no pin was needed.
                (await read).Should().Be(4096);
            }
            else
            {
                (await Failure(() => read)).Should().BeOfType<TimeZoneNotFoundException>();
                failures++;
            }

            Libc.Evict(path);
        }

        failures.Should().BePositive();

        memory.ThrowsOnPin = false;
        (await Ends(file.ReadAsync(buffer, 0))).Should().Be(4096);
    }

    /// <summary>The task of a call that may fail at once.</summary>
    private static async Task<int> AsTask(Func<ValueTask<int>> call) => await call();

    [Test]
    public async Task Memory_that_gives_no_span_fails_the_read_with_its_own_exception_and_nothing_leaks()
    {
        string path = BigFile.Content.Write(Folder["file"], 4096);
        await using UringFile file = await Open(path);
        CountingMemory memory = new(4096);
        using IMemoryOwner<byte> owner = memory;
        Memory<byte> buffer = memory.Memory;
        memory.ThrowsOnSpan = true;

        (await Failure(() => file.ReadAsync(buffer, 0).AsTask())).Should().BeOfType<TimeZoneNotFoundException>();

        memory.Pins.Should().Be(0);
    }

    [Test]
    public async Task A_task_awaited_twice_gives_no_other_reads_result()
    {
        await using UringFile file = await Open(BigFile.Cold(), direct: true);
        using AlignedMemoryPool pool = new();
        using var block = pool.Rent();
        ValueTask<int> read = file.ReadAsync(block.Memory, 0);
        await Ends(read);

        Assert.That(async () => await read, Throws.InvalidOperationException);
    }
}
