using Microsoft.Win32.SafeHandles;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>Reading what is there: from the page cache, from the disk, and from both.</summary>
[Category("Faults")]
public sealed class ReadTests : FileTests
{
    private const int PageSize = 4096;

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task Random_reads_of_a_cached_file_return_its_content(int seed)
    {
        await using UringFile file = await Open(BigFile.Path);

        await ReadAtRandom(file, seed, count: 300, largest: 100_000);
    }

    [TestCase(4)]
    [TestCase(5)]
    public async Task Random_reads_of_an_evicted_file_return_its_content(int seed)
    {
        await using UringFile file = await Open(BigFile.Cold());

        await ReadAtRandom(file, seed, count: 150, largest: 100_000);
    }

    [Test]
    public async Task Random_reads_while_pages_are_evicted_return_the_content()
    {
        await using UringFile file = await Open(BigFile.Path);
        Random random = new(6);
        await using var evictor = Background.Repeat(() => Libc.Evict(BigFile.Path, random.NextInt64(BigFile.Length) & -PageSize, 1 << 20));

        await ReadAtRandom(file, seed: 6, count: 400, largest: 300_000);
    }

    [Test]
    [Category("Uring")]
    [Category("NotWithFaults")] // Counts what is submitted.
    public async Task A_cold_read_goes_through_the_ring_and_a_cached_one_does_not()
    {
        string path = BigFile.Cold();
        await using UringContext context = new();
        await using UringFile file = await Open(path, context: context);
        byte[] buffer = new byte[PageSize];
        long opened = context.GetStatistics().Submissions;

        await Ends(file.ReadAsync(buffer, 40 << 20));
        long cold = context.GetStatistics().Submissions;
        await Ends(file.ReadAsync(buffer, 40 << 20));
        long cached = context.GetStatistics().Submissions;

        cold.Should().BeGreaterThan(opened);
        cached.Should().Be(cold);
        BigFile.Content.ShouldBe(buffer, 40 << 20);
    }

    [Test]
    [Category("NotWithFaults")] // The cache may say that it has not got it.
    public async Task A_cached_read_is_answered_synchronously()
    {
        await using UringFile file = await Open(BigFile.Path);
        byte[] buffer = new byte[PageSize];
        await Ends(file.ReadAsync(buffer, 0));

        ValueTask<int> read = file.ReadAsync(buffer, 0);

        read.IsCompletedSuccessfully.Should().BeTrue();
        (await read).Should().Be(PageSize);
    }

    [TestCase(0, 1)]
    [TestCase(1, 2)]
    [TestCase(3, 4)]
    [TestCase(7, 8)]
    public async Task A_partially_cached_stretch_is_read_whole(int cachedPart, int parts)
    {
        const int length = 64 * PageSize;
        string path = BigFile.Content.Write(Folder["file"], length);
        Libc.Evict(path, length / parts * cachedPart, length / parts);
        await using UringFile file = await Open(path);
        byte[] buffer = new byte[length];

        (await Ends(file.ReadAsync(buffer, 0))).Should().Be(length);

        BigFile.Content.ShouldBe(buffer, 0);
    }

    [Test]
    [Category("NotWithFaults")] // Seconds of waiting for the disk.
    public async Task A_stretch_with_every_second_page_evicted_is_read_whole()
    {
        const int pages = 32;
        string path = BigFile.Content.Write(Folder["file"], pages * PageSize);
        for (int page = 0; page < pages; page += 2)
        {
            Libc.Evict(path, page * PageSize, PageSize);
        }

        await TestContext.Out.WriteLineAsync($"{Libc.CachedPages(path, 0, pages * PageSize)} of {pages} pages are cached");
        await using UringFile file = await Open(path);
        byte[] buffer = new byte[(pages * PageSize) - 200];

        (await Ends(file.ReadAsync(buffer, 100))).Should().Be(buffer.Length);

        BigFile.Content.ShouldBe(buffer, 100);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_buffer_of_many_MiB_is_filled_whole(bool isCold)
    {
        string path = isCold ? BigFile.Cold() : BigFile.Path;
        await using UringFile file = await Open(path);
        byte[] buffer = new byte[(17 << 20) + 321];

        (await Ends(file.ReadAsync(buffer, 777))).Should().Be(buffer.Length);

        BigFile.Content.ShouldBe(buffer, 777);
    }

    [Test]
    public async Task A_buffer_of_just_one_turn_is_filled([Values(-1, 0, 1)] int more)
    {
        await using UringFile file = await Open(BigFile.Path);
        byte[] buffer = new byte[(1 << 20) + more];

        (await Ends(file.ReadAsync(buffer, 4096))).Should().Be(buffer.Length);

        BigFile.Content.ShouldBe(buffer, 4096);
    }

    [Test]
    public async Task A_read_is_short_only_at_the_end([Values] bool isCold)
    {
        string path = BigFile.Content.Write(Folder["file"], 10_000);
        await using UringFile file = await Open(path);
        byte[] buffer = new byte[8192];
        foreach ((long offset, int expected) in new[] { (0L, 8192), (1808, 8192), (1809, 8191), (9999, 1), (10_000, 0), (10_001, 0), (1L << 40, 0) })
        {
            if (isCold)
            {
                Libc.Evict(path);
            }

            (await Ends(file.ReadAsync(buffer, offset))).Should().Be(expected, "at {0}", offset);
            BigFile.Content.ShouldBe(buffer.AsSpan(0, expected), offset);
        }
    }

    [Test]
    public async Task A_read_leaves_the_buffer_behind_the_end_of_the_file_alone([Values] bool isCold)
    {
        string path = BigFile.Content.Write(Folder["file"], 5000);
        if (isCold)
        {
            Libc.Evict(path);
        }

        await using UringFile file = await Open(path);
        byte[] buffer = new byte[10_000];
        buffer.AsSpan().Fill(0xEE);

        (await Ends(file.ReadAsync(buffer, 0))).Should().Be(5000);

        buffer.AsSpan(5000).ToArray().Should().AllBeEquivalentTo((byte)0xEE);
    }

    [Test]
    public async Task A_slice_of_an_array_is_read_into_without_touching_its_neighbours([Values] bool isCold)
    {
        string path = isCold ? BigFile.Cold() : BigFile.Path;
        await using UringFile file = await Open(path);
        byte[] buffer = new byte[3000];

        (await Ends(file.ReadAsync(buffer.AsMemory(1000, 999), 12_345))).Should().Be(999);

        buffer.AsSpan(0, 1000).IndexOfAnyExcept((byte)0).Should().Be(-1);
        buffer.AsSpan(1999).IndexOfAnyExcept((byte)0).Should().Be(-1);
        BigFile.Content.ShouldBe(buffer.AsSpan(1000, 999), 12_345);
    }

    [Test]
    public async Task An_empty_buffer_reads_nothing_at_once()
    {
        await using UringFile file = await Open(BigFile.Cold());

        ValueTask<int> read = file.ReadAsync(Memory<byte>.Empty, 5);

        read.IsCompletedSuccessfully.Should().BeTrue();
        (await read).Should().Be(0);
    }

    [Test]
    public async Task An_empty_file_is_at_its_end([Values] bool direct)
    {
        await using UringFile file = await Open(Folder.File("file", []), direct: direct);
        using AlignedMemoryPool pool = new();
        using var block = pool.Rent();

        (await Ends(file.ReadAsync(block.Memory, 0))).Should().Be(0);
    }

    [Test]
    public async Task The_largest_offset_is_beyond_the_end_as_with_RandomAccess([Values] bool isCold)
    {
        string path = BigFile.Content.Write(Folder["file"], 5000);
        if (isCold)
        {
            Libc.Evict(path);
        }

        using SafeFileHandle handle = File.OpenHandle(path);
        await using UringFile file = await Open(path);
        byte[] buffer = new byte[100];
        foreach (long offset in new[] { long.MaxValue, long.MaxValue - 50, long.MaxValue - 100, 1L << 62 })
        {
            string expected = await OutcomeOf(() => RandomAccess.ReadAsync(handle, buffer, offset));
            string actual = await OutcomeOf(() => file.ReadAsync(buffer, offset));

            actual.Should().Be(expected, "at {0}", offset);
        }

        static async Task<string> OutcomeOf(Func<ValueTask<int>> read)
        {
            try
            {
                return $"{await Ends(read())} bytes";
            }
            catch (IOException e)
            {
                return OpenOutcome.Describe(e, string.Empty);
            }
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Holes_read_as_zeros(bool isCold)
    {
        string path = Folder["file"];
        using (FileStream stream = File.Create(path))
        {
            stream.SetLength(3 << 20);
            stream.Position = 1 << 20;
            stream.Write(BigFile.Content.At(0, 5000));
        }

        if (isCold)
        {
            Libc.Evict(path);
        }

        await using UringFile file = await Open(path);
        byte[] buffer = new byte[3 << 20];

        (await Ends(file.ReadAsync(buffer, 0))).Should().Be(3 << 20);

        BigFile.Content.ShouldBe(buffer.AsSpan(1 << 20, 5000), 0);
        buffer.AsSpan(0, 1 << 20).IndexOfAnyExcept((byte)0).Should().Be(-1);
        buffer.AsSpan((1 << 20) + 5000).IndexOfAnyExcept((byte)0).Should().Be(-1);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Beyond_4_GiB_the_right_bytes_are_read(bool isCold)
    {
        long[] offsets = [(1L << 31) - 2000, (1L << 32) - 2000, (1L << 33) + 5, (1L << 40) - 5000];
        string path = Folder["file"];
        using (FileStream stream = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            foreach (long offset in offsets)
            {
                stream.Position = offset;
                stream.Write(BigFile.Content.At(offset, 4000));
            }
        }

        if (isCold)
        {
            Libc.Evict(path);
        }

        await using UringFile file = await Open(path);
        byte[] buffer = new byte[4000];
        foreach (long offset in offsets)
        {
            (await Ends(file.ReadAsync(buffer, offset))).Should().Be(4000);
            BigFile.Content.ShouldBe(buffer, offset);
        }

        (await Ends(file.GetLengthAsync())).Should().Be((1L << 40) - 1000);
    }

    [Test]
    public async Task Hundreds_of_concurrent_reads_each_get_their_own_bytes([Values] bool direct)
    {
        string path = BigFile.Cold();
        await using UringFile file = await Open(path, direct: direct);
        using AlignedMemoryPool pool = new();
        Random random = new(8);

        await Task.WhenAll(Enumerable.Range(0, 256).Select(_ => ReadAsync(random.NextInt64(BigFile.Length / 8192) * 8192)));

        async Task ReadAsync(long offset)
        {
            using var block = pool.Rent(8192);
            int expected = (int)Math.Min(8192, BigFile.Length - offset);
            (await Ends(file.ReadAsync(block.Memory, offset))).Should().Be(expected);
            BigFile.Content.ShouldBe(block.Memory.Span[..expected], offset);
        }
    }

    [Test]
    public async Task Threads_that_share_a_file_each_get_their_own_bytes()
    {
        await using UringFile file = await Open(BigFile.Cold());

        await Eventually.Ends(Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(() => ReadAtRandom(file, seed, count: 100, largest: 20_000)))));
    }

    [Test]
    public async Task Evicted_reads_in_a_ring_of_one_entry_all_complete()
    {
        await using UringContext context = new(new UringOptions { QueueDepth = 1 });
        await using UringFile file = await Open(BigFile.Cold(), context: context);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            byte[] buffer = new byte[4096];
            (await Ends(file.ReadAsync(buffer, i * 300_000L))).Should().Be(4096);
            BigFile.Content.ShouldBe(buffer, i * 300_000L);
        }));
    }

    [Test]
    public async Task A_block_device_is_read_like_a_file([Values] bool direct)
    {
        using var device = LoopDevice.Create(BigFile.Content, megabytes: 4);
        await using UringFile file = await Open(device.Path, direct: direct);
        using AlignedMemoryPool pool = new();
        using var block = pool.Rent(1 << 20);

        for (long offset = 0; offset < 4 << 20; offset += 1 << 20)
        {
            (await Ends(file.ReadAsync(block.Memory, offset))).Should().Be(1 << 20);
            BigFile.Content.ShouldBe(block.Memory.Span, offset);
        }

        (await Ends(file.ReadAsync(block.Memory, 4 << 20))).Should().Be(0, "the device ends there");
        using var handle = File.OpenHandle(device.Path);
        (await Ends(file.GetLengthAsync())).Should().Be(RandomAccess.GetLength(handle));
    }

    private static async Task ReadAtRandom(UringFile file, int seed, int count, int largest)
    {
        Random random = new(seed);
        byte[] buffer = new byte[largest];
        for (int i = 0; i < count; i++)
        {
            int length = 1 + random.Next(largest);
            long offset = random.NextInt64(BigFile.Length + 1000);
            int expected = (int)Math.Clamp(BigFile.Length - offset, 0, length);

            int read = await Ends(file.ReadAsync(buffer.AsMemory(0, length), offset));

            read.Should().Be(expected, "seed {0}: {1} bytes at {2}", seed, length, offset);
            BigFile.Content.ShouldBe(buffer.AsSpan(0, read), offset);
        }
    }
}
