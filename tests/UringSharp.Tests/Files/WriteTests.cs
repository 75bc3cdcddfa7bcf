using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>Writing, flushing, and asking for the length.</summary>
[Category("Faults")]
public sealed class WriteTests : FileTests
{
    [TestCase(1)]
    [TestCase(4096)]
    [TestCase(1 << 20)]
    [TestCase((1 << 20) + 1)]
    [TestCase((9 << 20) + 123)]
    public async Task What_was_written_is_what_FileStream_reads(int length)
    {
        string path = Folder["file"];
        await using UringFile file = await Open(path, FileAccess.Write, FileMode.CreateNew);

        await Ends(file.WriteAsync(BigFile.Content.At(0, length), 0));

        byte[] written = await File.ReadAllBytesAsync(path);
        written.Length.Should().Be(length);
        BigFile.Content.ShouldBe(written, 0);
    }

    [Test]
    public async Task Random_writes_change_their_stretch_and_nothing_else([Values(14, 15)] int seed)
    {
        const int length = 1 << 20;
        string path = Folder.File("file", new byte[length]);
        byte[] expected = new byte[length];
        await using UringFile file = await Open(path, FileAccess.ReadWrite);
        Random random = new(seed);
        for (int i = 0; i < 200; i++)
        {
            byte[] part = BigFile.Content.At(i, 1 + random.Next(10_000));
            int offset = random.Next(length - part.Length);
            part.CopyTo(expected, offset);
            await Ends(file.WriteAsync(part, offset));
        }

        (await File.ReadAllBytesAsync(path)).AsSpan().SequenceEqual(expected).Should().BeTrue("seed {0}", seed);
    }

    [Test]
    public async Task Concurrent_writes_each_go_to_their_place()
    {
        string path = Folder["file"];
        await using UringFile file = await Open(path, FileAccess.Write, FileMode.Create);

        await Task.WhenAll(Enumerable.Range(0, 256).Select(i => Ends(file.WriteAsync(BigFile.Content.At(i * 10_000, 10_000), i * 10_000))));

        BigFile.Content.ShouldBe(await File.ReadAllBytesAsync(path), 0);
        (await Ends(file.GetLengthAsync())).Should().Be(2_560_000);
    }

    [Test]
    public async Task A_write_far_beyond_the_end_leaves_a_hole()
    {
        string path = Folder["file"];
        await using UringFile file = await Open(path, FileAccess.ReadWrite, FileMode.Create);

        await Ends(file.WriteAsync("end"u8.ToArray(), 5L << 30));

        (await Ends(file.GetLengthAsync())).Should().Be((5L << 30) + 3);
        byte[] buffer = new byte[8];
        (await Ends(file.ReadAsync(buffer, (5L << 30) - 3))).Should().Be(6);
        buffer.Should().Equal([0, 0, 0, .. "end"u8, 0, 0]);
    }

    [Test]
    public async Task A_write_is_seen_by_a_read_of_the_same_file_at_once()
    {
        await using UringFile file = await Open(Folder["file"], FileAccess.ReadWrite, FileMode.Create);
        byte[] buffer = new byte[5000];
        for (int i = 0; i < 200; i++)
        {
            await Ends(file.WriteAsync(BigFile.Content.At(i, 5000), i * 100));
            (await Ends(file.ReadAsync(buffer, i * 100))).Should().Be(5000);
            BigFile.Content.ShouldBe(buffer, i);
        }
    }

    [Test]
    public async Task An_empty_write_changes_nothing()
    {
        string path = Folder.File("file", "content"u8);
        await using UringFile file = await Open(path, FileAccess.Write);

        await Ends(file.WriteAsync(ReadOnlyMemory<byte>.Empty, 100));

        (await File.ReadAllTextAsync(path)).Should().Be("content");
    }

    [Test]
    public async Task A_slice_of_an_array_is_written()
    {
        string path = Folder["file"];
        await using UringFile file = await Open(path, FileAccess.Write, FileMode.Create);

        await Ends(file.WriteAsync("0123456789"u8.ToArray().AsMemory(3, 4), 0));

        (await File.ReadAllTextAsync(path)).Should().Be("3456");
    }

    [Test]
    public async Task Memory_outside_the_managed_heap_is_written_and_unpinned([Values] bool direct)
    {
        string path = Folder["file"];
        await using UringFile file = await Open(path, FileAccess.Write, FileMode.Create, direct: direct);
        CountingMemory memory = new(1 << 16);
        using System.Buffers.IMemoryOwner<byte> owner = memory;
        BigFile.Content.Fill(memory.GetSpan(), 0);

        await Ends(file.WriteAsync(memory.Memory, 0));

        BigFile.Content.ShouldBe(await File.ReadAllBytesAsync(path), 0);
        await Eventually.Holds(() => memory.Pins == 0, () => $"{memory.Pins} pins");
    }

    [Test]
    public async Task Memory_that_cannot_be_pinned_fails_the_write_with_its_own_exception_and_nothing_leaks([Values] bool direct)
    {
        string path = Folder["file"];
        await using UringFile file = await Open(path, FileAccess.Write, FileMode.Create, direct: direct);
        CountingMemory memory = new(4096);
        using System.Buffers.IMemoryOwner<byte> owner = memory;
        Memory<byte> buffer = memory.Memory;
        memory.ThrowsOnPin = true;
        memory.ThrowsOnSpan = true;
        for (int i = 0; i < 20; i++)
        {
            (await Failure(() => file.WriteAsync(buffer, 0).AsTask())).Should().BeOfType<TimeZoneNotFoundException>();
        }

        memory.Pins.Should().Be(0);
        new FileInfo(path).Length.Should().Be(0);
    }

    [Test]
    public async Task A_negative_offset_is_an_ArgumentOutOfRangeException()
    {
        await using UringFile file = await Open(Folder["file"], FileAccess.Write, FileMode.Create);

        (await Failure(() => file.WriteAsync(new byte[1], -1).AsTask())).Should().BeOfType<ArgumentOutOfRangeException>().Which.ParamName.Should().Be("offset");
    }

    [Test]
    public async Task Writing_to_a_file_that_is_open_for_reading_fails_as_with_the_BCL()
    {
        string path = Folder.File("file", "content"u8);
        await using UringFile file = await Open(path);
        using var handle = File.OpenHandle(path);

        Exception expected = await Failure(() => RandomAccess.WriteAsync(handle, new byte[1], 0).AsTask());
        Exception actual = await Failure(() => file.WriteAsync(new byte[1], 0).AsTask());

        actual.Should().BeOfType<UnauthorizedAccessException>();
        OpenOutcome.Describe(actual, string.Empty).Should().Be(OpenOutcome.Describe(expected, string.Empty));
    }

    [Test]
    public async Task A_direct_write_to_a_file_that_is_open_for_reading_is_an_UnauthorizedAccessException_with_the_path()
    {
        await using UringFile file = await Open(BigFile.Path, direct: true);
        using AlignedMemoryPool pool = new();
        using var block = pool.Rent();

        Exception failure = await Failure(() => file.WriteAsync(block.Memory, 0).AsTask());

        failure.Should().BeOfType<UnauthorizedAccessException>().Which.Message.Should().Contain(BigFile.Path);
    }

    [Test]
    public async Task Writing_to_a_disposed_file_is_an_ObjectDisposedException_that_names_it()
    {
        UringFile file = await Open(Folder["file"], FileAccess.Write, FileMode.Create);
        file.Dispose();

        (await Failure(() => file.WriteAsync(new byte[1], 0).AsTask())).Should().BeOfType<ObjectDisposedException>().Which.ObjectName.Should().Be(typeof(UringFile).FullName);
    }

    [Test]
    public async Task A_full_disk_fails_as_with_FileStream()
    {
        using var mounted = MountedFolder.Tmpfs("1m");
        byte[] content = BigFile.Content.At(0, 2 << 20);
        string path = mounted["file"];
        Exception expected = await Failure(async () =>
        {
            await using FileStream stream = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
            await stream.WriteAsync(content);
        });
        await using UringFile file = await Open(path, FileAccess.Write, FileMode.Create);

        Exception actual = await Failure(() => file.WriteAsync(content, 0).AsTask());

        actual.Should().BeOfType<IOException>().Which.HResult.Should().Be(28, "ENOSPC");
        OpenOutcome.Describe(actual, string.Empty).Should().Be(OpenOutcome.Describe(expected, string.Empty));
    }

    [Test]
    public async Task A_file_beyond_the_size_the_file_system_can_hold_fails_as_with_the_BCL()
    {
        string path = Folder["file"];
        await using UringFile file = await Open(path, FileAccess.Write, FileMode.Create);
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        foreach (long offset in new[] { long.MaxValue, long.MaxValue - 4096, 1L << 62 })
        {
            Exception expected = await Failure(() => RandomAccess.WriteAsync(handle, new byte[10], offset).AsTask());
            Exception actual = await Failure(() => file.WriteAsync(new byte[10], offset).AsTask());

            OpenOutcome.Describe(actual, string.Empty).Should().Be(OpenOutcome.Describe(expected, string.Empty), "at {0}", offset);
        }
    }

    [Test]
    public async Task A_direct_write_beyond_the_size_the_file_system_can_hold_fails_as_with_the_BCL()
    {
        string path = Folder["file"];
        await using UringFile file = await Open(path, FileAccess.Write, FileMode.Create, direct: true);
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        using AlignedMemoryPool pool = new();
        using var block = pool.Rent();
        const long offset = 1L << 62;

        Exception expected = await Failure(() => RandomAccess.WriteAsync(handle, block.Memory, offset).AsTask());
        Exception actual = await Failure(() => file.WriteAsync(block.Memory, offset).AsTask());

        OpenOutcome.Describe(actual, string.Empty).Should().Be(OpenOutcome.Describe(expected, string.Empty));
    }

    [Test]
    public async Task A_limit_on_the_size_of_files_fails_a_write_as_with_the_BCL_and_does_not_end_the_process()
    {
        ChildResult child = await TestChild.RunAsync("limit-file-size", Folder.FullPath);

        child.ShouldHaveSucceeded()["buffered"].Should().Be(child["bcl"]);
        child["direct"].Should().Be(child["bcl"]);
    }

    [Test]
    public async Task A_token_that_is_cancelled_already_writes_nothing([Values] bool direct)
    {
        string path = Folder["file"];
        await using UringFile file = await Open(path, FileAccess.Write, FileMode.Create, direct: direct);
        CancellationToken cancelled = new(canceled: true);

        ValueTask write = file.WriteAsync(new byte[1], 0, cancelled);

        write.IsCanceled.Should().BeTrue();
        (await Failure(() => write.AsTask())).Should().BeAssignableTo<OperationCanceledException>().Which.CancellationToken.Should().Be(cancelled);
        new FileInfo(path).Length.Should().Be(0);
    }

    [Test]
    public async Task Cancelled_writes_end_with_success_or_their_token_and_what_succeeded_is_there([Values] bool direct)
    {
        const int size = 256 << 10;
        string path = Folder["file"];
        await using UringFile file = await Open(path, FileAccess.ReadWrite, FileMode.Create, direct: direct);
        using AlignedMemoryPool pool = new();
        Random random = new(16);
        int[] outcomes = new int[2];
        for (int round = 0; round < 10; round++)
        {
            using CancellationTokenSource source = new();
            Task<bool>[] writes = [.. Enumerable.Range(0, 16).Select(i => WriteAsync(i * size, source.Token))];
            Thread.SpinWait(random.Next(20_000));
            await source.CancelAsync();
            bool[] succeeded = await Eventually.Ends(Task.WhenAll(writes));
            byte[] written = await File.ReadAllBytesAsync(path);
            for (int i = 0; i < succeeded.Length; i++)
            {
                if (succeeded[i])
                {
                    BigFile.Content.ShouldBe(written.AsSpan(i * size, size), i * size);
                }

                outcomes[succeeded[i] ? 0 : 1]++;
            }

            File.WriteAllBytes(path, []);
        }

        await TestContext.Out.WriteLineAsync($"{outcomes[0]} written, {outcomes[1]} cancelled");

        async Task<bool> WriteAsync(long offset, CancellationToken token)
        {
            using var block = pool.Rent(size);
            BigFile.Content.Fill(block.Memory.Span, offset);
            try
            {
                await file.WriteAsync(block.Memory, offset, token);
                return true;
            }
            catch (OperationCanceledException e)
            {
                e.CancellationToken.Should().Be(token);
                return false;
            }
        }
    }

    [Test]
    public async Task A_file_disposed_with_writes_in_flight_ends_them_and_is_closed([Values] bool direct)
    {
        string path = Folder["file"];
        using AlignedMemoryPool pool = new();
        for (int round = 0; round < 10; round++)
        {
            UringFile file = await Open(path, FileAccess.Write, FileMode.Create, direct: direct);
            Task[] writes = [.. Enumerable.Range(0, 32).Select(i => WriteAsync(file, i << 18))];
            await file.DisposeAsync();
            OpenDescriptors.Of(path).Should().Be(0);
            await Eventually.Ends(Task.WhenAll(writes));
            await Task.WhenAll(writes);
        }

        async Task WriteAsync(UringFile file, long offset)
        {
            using var block = pool.Rent(1 << 18);
            try
            {
                await file.WriteAsync(block.Memory, offset);
            }
            catch (ObjectDisposedException)
            {
                // Cut short.
            }
        }
    }

    [Test]
    public async Task A_file_is_flushed([Values] bool dataOnly)
    {
        string path = Folder["file"];
        await using UringContext context = new();
        await using UringFile file = await Open(path, FileAccess.Write, FileMode.Create, context: context);
        await Ends(file.WriteAsync(BigFile.Content.At(0, 8 << 20), 0));

        await Ends(file.FlushAsync(dataOnly));
    }

    [Test]
    public async Task A_flush_of_a_file_that_cannot_be_flushed_is_answered_as_by_the_BCL()
    {
        await using UringFile file = await Open("/proc/self/status");
        using var handle = File.OpenHandle("/proc/self/status");
        string expected = "ok";
        string actual = "ok";
        try
        {
            RandomAccess.FlushToDisk(handle);
        }
        catch (IOException e)
        {
            expected = OpenOutcome.Describe(e, string.Empty);
        }

        try
        {
            await Ends(file.FlushAsync());
        }
        catch (IOException e)
        {
            actual = OpenOutcome.Describe(e, string.Empty);
        }

        actual.Should().Be(expected);
    }

    [Test]
    public async Task The_length_is_that_of_the_moment()
    {
        string path = Folder.File("file", []);
        await using UringFile file = await Open(path, FileAccess.ReadWrite);
        foreach (int length in new[] { 0, 1, 5000, 5_000_000, 17 })
        {
            await File.WriteAllBytesAsync(path, new byte[length]);
            (await Ends(file.GetLengthAsync())).Should().Be(length);
        }
    }

    [Test]
    public async Task Many_lengths_at_once_each_belong_to_their_file()
    {
        UringFile[] files = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Open(Folder.File($"file{i}", new byte[i * 3]))));

        long[] lengths = await Task.WhenAll(files.Select(file => Ends(file.GetLengthAsync())));

        lengths.Should().Equal(Enumerable.Range(0, 100).Select(i => i * 3L));
        Array.ForEach(files, file => file.Dispose());
    }
}
