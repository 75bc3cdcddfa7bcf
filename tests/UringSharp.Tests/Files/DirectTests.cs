using System.Buffers;
using Microsoft.Win32.SafeHandles;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>Direct I/O: past the page cache, aligned, through the ring.</summary>
[Category("Faults")]
public sealed class DirectTests : FileTests
{
    private readonly AlignedMemoryPool _pool = new();

    [OneTimeTearDown]
    public void DisposePool() => _pool.Dispose();

    [Test]
    public async Task What_was_written_is_read_back_and_seen_by_FileStream([Values(4096, 65_536, 1 << 20, 8 << 20)] int length)
    {
        string path = Folder["file"];
        using IMemoryOwner<byte> source = _pool.Rent(length);
        using IMemoryOwner<byte> target = _pool.Rent(length);
        BigFile.Content.Fill(source.Memory.Span, 4096);
        await using UringFile file = await Open(path, FileAccess.ReadWrite, FileMode.Create, direct: true);

        await Ends(file.WriteAsync(source.Memory, 4096));
        int read = await Ends(file.ReadAsync(target.Memory, 4096));

        read.Should().Be(length);
        BigFile.Content.ShouldBe(target.Memory.Span, 4096);
        BigFile.Content.ShouldBe((await File.ReadAllBytesAsync(path)).AsSpan(4096), 4096);
    }

    [Test]
    public async Task Direct_reads_leave_nothing_in_the_page_cache()
    {
        string path = BigFile.Content.Write(Folder["file"], 1 << 20);
        Libc.Evict(path);
        await using UringFile file = await Open(path, direct: true);
        using IMemoryOwner<byte> block = _pool.Rent(1 << 20);

        (await Ends(file.ReadAsync(block.Memory, 0))).Should().Be(1 << 20);

        if (Libc.CachedPages(path, 0, 1 << 20) is not { } cached)
        {
            Skip.Aloud("the kernel cannot say what is cached (before Linux 6.5)");
            return;
        }

        cached.Should().Be(0);
    }

    [Test]
    public async Task A_file_system_without_direct_IO_is_told_as_the_reason()
    {
        IOException thrown = (await FluentActions.Awaiting(() => Open("/proc/self/status", direct: true)).Should().ThrowAsync<IOException>()).Which;

        thrown.Message.Should().Be("The file cannot be opened for direct I/O (O_DIRECT), which its file system may not support. : '/proc/self/status'");
        thrown.HResult.Should().Be(22, "open(2) answers EINVAL");
    }

    [Test]
    public async Task What_is_no_file_is_refused_as_without_direct_IO()
    {
        foreach (string path in new[] { Folder.Fifo(), "/dev/null", Folder[""] })
        {
            Exception expected = (await FluentActions.Awaiting(() => Open(path)).Should().ThrowAsync<Exception>()).Which;

            Exception thrown = (await FluentActions.Awaiting(() => Open(path, direct: true)).Should().ThrowAsync<Exception>()).Which;

            (thrown.GetType(), thrown.HResult, thrown.Message).Should().Be((expected.GetType(), expected.HResult, expected.Message));
        }
    }

    [Test]
    public async Task Random_direct_reads_return_the_content()
    {
        await using UringFile file = await Open(BigFile.Path, direct: true);
        using IMemoryOwner<byte> block = _pool.Rent(1 << 20);
        Random random = new(13);
        for (int i = 0; i < 100; i++)
        {
            long offset = random.NextInt64(BigFile.Length / 512) * 512;
            Memory<byte> memory = block.Memory.Slice(random.Next(8) * 512, (1 + random.Next(1000)) * 512);
            int expected = (int)Math.Min(memory.Length, BigFile.Length - offset);

            (await Ends(file.ReadAsync(memory, offset))).Should().Be(expected, "seed 13, {0} bytes at {1}", memory.Length, offset);
            BigFile.Content.ShouldBe(memory.Span[..expected], offset);
        }
    }

    [TestCase(0, 10_000)]
    [TestCase(4096, 5904)]
    [TestCase(8192, 1808)]
    [TestCase(12_288, 0)]
    [TestCase(1 << 20, 0)]
    public async Task The_tail_of_a_file_whose_length_is_not_aligned_is_short(long offset, int expected)
    {
        string path = BigFile.Content.Write(Folder["file"], 10_000);
        await using UringFile file = await Open(path, direct: true);
        using IMemoryOwner<byte> block = _pool.Rent(16_384);
        block.Memory.Span.Fill(0xEE);

        (await Ends(file.ReadAsync(block.Memory, offset))).Should().Be(expected);

        BigFile.Content.ShouldBe(block.Memory.Span[..expected], offset);
    }

    [TestCase(1, 0, 4096)]
    [TestCase(511, 0, 4096)]
    [TestCase(0, 1, 4096)]
    [TestCase(0, 100, 4096)]
    [TestCase(0, 0, 4095)]
    [TestCase(0, 0, 1)]
    [TestCase(3, 5, 7)]
    public async Task What_is_not_aligned_is_an_ArgumentException_that_names_the_path_and_the_rule(int skip, long offset, int length)
    {
        string path = BigFile.Content.Write(Folder["file"], 16_384);
        await using UringFile file = await Open(path, FileAccess.ReadWrite, direct: true);
        CountingMemory memory = new(16_384);
        using IMemoryOwner<byte> owner = memory;
        BigFile.Content.Fill(memory.GetSpan(), 0);
        for (int i = 0; i < 50; i++)
        {
            ShouldNameTheRule(await Failure(() => file.ReadAsync(memory.Memory.Slice(skip, length), offset).AsTask()), path);
            ShouldNameTheRule(await Failure(() => file.WriteAsync(memory.Memory.Slice(skip, length), offset).AsTask()), path);
        }

        memory.Pins.Should().Be(0);
        BigFile.Content.ShouldBe(await File.ReadAllBytesAsync(path), 0);
        (await Ends(file.ReadAsync(memory.Memory, 0))).Should().Be(16_384, "the file is as good as before");
    }

    [Test]
    public async Task An_aligned_read_at_the_largest_offset_is_not_called_misaligned()
    {
        string path = BigFile.Content.Write(Folder["file"], 16_384);
        await using UringFile file = await Open(path, direct: true);
        using SafeFileHandle handle = Libc.Open(path, Libc.ReadOnly | Libc.Direct);
        using IMemoryOwner<byte> block = _pool.Rent(16_384);
        const long offset = long.MaxValue & -4096;

        Exception expected = await Failure(() => RandomAccess.ReadAsync(handle, block.Memory, offset).AsTask());
        Exception actual = await Failure(() => file.ReadAsync(block.Memory, offset).AsTask());

        actual.GetType().Should().Be(expected.GetType());
        actual.HResult.Should().Be(expected.HResult);
    }

    [Test]
    public async Task A_handle_opened_for_direct_io_by_others_is_recognised_and_its_rule_stated()
    {
        string path = BigFile.Content.Write(Folder["file"], 16_384);
        await using var file = UringFile.FromHandle(Libc.Open(path, Libc.ReadOnly | Libc.Direct), ownsHandle: true);
        using IMemoryOwner<byte> block = _pool.Rent(16_384);

        (await Ends(file.ReadAsync(block.Memory, 0))).Should().Be(16_384);
        Exception failure = await Failure(() => file.ReadAsync(block.Memory, 3).AsTask());

        BigFile.Content.ShouldBe(block.Memory.Span, 0);
        failure.Should().BeOfType<ArgumentException>().Which.HResult.Should().Be(22, "EINVAL");
    }

    [Test]
    public async Task An_empty_direct_read_or_write_does_nothing()
    {
        await using UringFile file = await Open(Folder.File("file", "content"u8), FileAccess.ReadWrite, direct: true);

        (await Ends(file.ReadAsync(Memory<byte>.Empty, 3))).Should().Be(0);
        await Ends(file.WriteAsync(ReadOnlyMemory<byte>.Empty, 3));

        (await Ends(file.GetLengthAsync())).Should().Be(7);
    }

    [Test]
    public async Task Concurrent_direct_writes_each_go_to_their_place()
    {
        string path = Folder["file"];
        await using UringFile file = await Open(path, FileAccess.ReadWrite, FileMode.Create, direct: true);

        await Task.WhenAll(Enumerable.Range(0, 128).Select(WriteAsync));

        BigFile.Content.ShouldBe(await File.ReadAllBytesAsync(path), 0);
        (await Ends(file.GetLengthAsync())).Should().Be(128 * 16_384);

        async Task WriteAsync(int i)
        {
            using IMemoryOwner<byte> block = _pool.Rent(16_384);
            BigFile.Content.Fill(block.Memory.Span, i * 16_384);
            await Ends(file.WriteAsync(block.Memory, i * 16_384));
        }
    }

    [Test]
    public async Task A_direct_file_on_a_tmpfs_works_or_is_refused_as_open_refuses_it()
    {
        using TempFolder folder = new("/dev/shm");
        string path = BigFile.Content.Write(folder["file"], 16_384);
        using IMemoryOwner<byte> block = _pool.Rent(16_384);
        bool isSupported = true;
        try
        {
            Libc.Open(path, Libc.ReadOnly | Libc.Direct).Dispose();
        }
        catch (IOException)
        {
            isSupported = false;
        }

        if (isSupported)
        {
            await using UringFile file = await Open(path, FileAccess.ReadWrite, direct: true);
            (await Ends(file.ReadAsync(block.Memory, 0))).Should().Be(16_384);
            BigFile.Content.ShouldBe(block.Memory.Span, 0);
            await Ends(file.WriteAsync(block.Memory, 16_384));
            (await Ends(file.GetLengthAsync())).Should().Be(32_768);
        }
        else
        {
            (await Failure(() => Open(path, direct: true))).Should().BeOfType<IOException>().Which.HResult.Should().Be(22, "EINVAL");
        }
    }

    [Test]
    public async Task A_direct_open_where_the_file_system_cannot_is_an_IOException_EINVAL_with_the_path()
    {
        Exception failure = await Failure(() => Open("/proc/self/status", direct: true));

        failure.Should().BeOfType<IOException>().Which.HResult.Should().Be(22, "EINVAL");
        failure.Message.Should().Contain("/proc/self/status");
    }

    [Test]
    public async Task A_full_disk_is_an_IOException_ENOSPC_with_the_path()
    {
        using var mounted = MountedFolder.Ext4(megabytes: 8);
        await using UringFile file = await Open(mounted["file"], FileAccess.Write, FileMode.Create, direct: true);
        using IMemoryOwner<byte> block = _pool.Rent(1 << 20);

        Exception failure = await Failure(async () =>
        {
            for (int i = 0; i < 16; i++)
            {
                await Ends(file.WriteAsync(block.Memory, i << 20));
            }
        });

        failure.Should().BeOfType<IOException>().Which.HResult.Should().Be(28, "ENOSPC");
        failure.Message.Should().Contain(mounted["file"]);
    }

    [Test]
    [Category("NotWithFaults")] // Counts what is submitted.
    public async Task Direct_writes_through_a_descriptor_in_non_blocking_mode_complete()
    {
        string path = Folder.File("file", []);
        await using UringContext context = new();
        await using var file = UringFile.FromHandle(Libc.Open(path, Libc.ReadWrite | Libc.Direct | Libc.NonBlocking), ownsHandle: true, context);
        using IMemoryOwner<byte> block = _pool.Rent(65_536);
        BigFile.Content.Fill(block.Memory.Span, 0);

        await Ends(file.WriteAsync(block.Memory, 0));

        context.GetStatistics().Submissions.Should().BeLessThan(10, "nobody asks over and over again");
        BigFile.Content.ShouldBe(await File.ReadAllBytesAsync(path), 0);
    }

    [Test]
    [Category("NotWithFaults")] // Counts what is submitted.
    public async Task Direct_reads_through_a_descriptor_in_non_blocking_mode_complete()
    {
        await using UringContext context = new();
        await using var file = UringFile.FromHandle(Libc.Open(BigFile.Cold(), Libc.ReadOnly | Libc.Direct | Libc.NonBlocking), ownsHandle: true, context);

        await Task.WhenAll(Enumerable.Range(0, 128).Select(async i =>
        {
            using IMemoryOwner<byte> block = _pool.Rent(65_536);
            (await Ends(file.ReadAsync(block.Memory, i * 400L * 1024))).Should().Be(65_536);
            BigFile.Content.ShouldBe(block.Memory.Span, i * 400L * 1024);
        }));

        context.GetStatistics().Submissions.Should().BeLessThan(200, "nobody asks over and over again");
    }

    private static void ShouldNameTheRule(Exception failure, string path)
    {
        failure.Should().BeOfType<ArgumentException>().Which.HResult.Should().Be(22, "EINVAL");
        failure.Message.Should().Contain(path).And.MatchRegex(@"\b(512|4096)\b");
    }
}
