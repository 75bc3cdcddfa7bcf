using UringSharp.Interop;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.Streams;

/// <summary>What is gathered and written behind is never lost, doubled or reordered, and what goes wrong is told, once.</summary>
[NonParallelizable]
[Category("Faults")]
public sealed class WriteBehindTests : FileTests
{
    private const int BufferSize = 4096;

    private static readonly FileContent s_content = new(7);

    [Test]
    public async Task Small_writes_arrive_in_order([Values(100, 1000, 4095)] int size)
    {
        await using (UringFileStream stream = await Create(Folder["file"]))
        {
            for (int i = 0; i < 500; i++)
            {
                await stream.WriteAsync(s_content.At((long)i * size, size));
            }
        }

        ShouldHold(Folder["file"], 500L * size);
    }

    [Test]
    public async Task A_write_as_large_as_the_buffer_is_in_the_kernel_when_it_ends([Values(BufferSize, BufferSize + 1, 10 * BufferSize)] int size, [Values(0, 10)] int gathered)
    {
        await using UringFileStream stream = await Create(Folder["file"]);
        await stream.WriteAsync(s_content.At(0, gathered));
        await stream.WriteAsync(s_content.At(gathered, size));

        new FileInfo(Folder["file"]).Length.Should().Be(gathered + size);
        ShouldHold(Folder["file"], gathered + size);
    }

    [Test]
    public async Task Without_a_buffer_every_write_is_in_the_kernel_when_it_ends([Values(0, 1)] int bufferSize)
    {
        await using UringFileStream stream = await Create(Folder["file"], bufferSize);
        await stream.WriteAsync(s_content.At(0, 10));

        ShouldHold(Folder["file"], 10);
    }

    [Test]
    public async Task A_read_sees_what_was_written_before()
    {
        await using UringFileStream stream = await Create(Folder["file"]);
        byte[] read = new byte[5000];
        for (int i = 0; i < 100; i++)
        {
            await stream.WriteAsync(s_content.At(i * 1000, 1000));
            if (i % 10 == 9)
            {
                stream.Position = (i - 4) * 1000;
                (await stream.ReadAsync(read)).Should().Be(5000);
                s_content.ShouldBe(read, (i - 4) * 1000);
            }
        }
    }

    [Test]
    public async Task What_others_write_is_seen_after_a_flush_and_after_a_seek_that_leaves_the_buffer([Values("flush", "flush async", "seek", "set length", "handle")] string call)
    {
        string path = Folder.File("file", s_content.At(0, 10_000));
        await using UringFileStream stream = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.ReadByte().Should().Be(s_content.At(0, 1)[0]);
        using (Microsoft.Win32.SafeHandles.SafeFileHandle outsider = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            RandomAccess.Write(outsider, new byte[10], 0);
        }

        stream.ReadByte().Should().Be(s_content.At(1, 1)[0], "it is in the buffer");
        switch (call)
        {
            case "flush":
                stream.Flush();
                break;
            case "flush async":
                await stream.FlushAsync();
                break;
            case "seek":
                stream.Seek(9000, SeekOrigin.Begin);
                stream.Seek(2, SeekOrigin.Begin);
                break;
            case "set length":
                stream.SetLength(10_000);
                break;
            default:
                _ = stream.SafeFileHandle;
                break;
        }

        stream.ReadByte().Should().Be(0);
    }

    [Test]
    public async Task A_disk_that_is_full_is_told_once_and_nothing_accepted_is_lost()
    {
        using var mounted = MountedFolder.Tmpfs("256k");
        string path = mounted["file"];
        string ballast = mounted["ballast"];
        await File.WriteAllBytesAsync(ballast, new byte[64 << 10]);
        UringFileStream stream = await Create(path);
        long accepted = 0;
        Exception? failure = null;
        while (failure is null)
        {
            try
            {
                await stream.WriteAsync(s_content.At(accepted, 1000));
                accepted += 1000;
            }
            catch (IOException e)
            {
                failure = e;
            }
        }

        failure.HResult.Should().Be(Errno.ENOSPC);
        failure.Message.Should().Contain(path);
        stream.Position.Should().Be(accepted);
        stream.Length.Should().Be(accepted);
        s_content.IsAt((await File.ReadAllBytesAsync(path)).AsSpan(0, 128 << 10), 0).Should().BeTrue("what was on the disk before stays");

        File.Delete(ballast);
        for (int i = 0; i < 20; i++)
        {
            await stream.WriteAsync(s_content.At(accepted, 1000));
            accepted += 1000;
        }

        await stream.FlushAsync(flushToDisk: true);
        stream.Position.Should().Be(accepted);
        ShouldHold(path, accepted);
        await stream.DisposeAsync();
        await OpenDescriptors.AreGone(mounted.FullPath);
    }

    [Test]
    public async Task Whoever_needs_the_bytes_written_is_told_that_the_disk_is_full(
        [Values("read", "seek", "position", "length", "flush", "flush async", "to disk", "handle", "large write", "sync write", "dispose", "dispose async")] string call)
    {
        using var mounted = MountedFolder.Tmpfs("64k");
        UringFileStream stream = await Create(mounted["file"]);
        await stream.WriteAsync(s_content.At(0, 64 << 10));
        await stream.WriteAsync(s_content.At(64 << 10, 100));

        Exception failure = await Failure(async () =>
        {
            switch (call)
            {
                case "read":
                    (await stream.ReadAsync(new byte[1])).Should().Be(-1);
                    break;
                case "seek":
                    stream.Seek(0, SeekOrigin.Begin);
                    break;
                case "position":
                    stream.Position = 0;
                    break;
                case "length":
                    stream.SetLength(70 << 10);
                    break;
                case "flush":
                    stream.Flush();
                    break;
                case "flush async":
                    await stream.FlushAsync();
                    break;
                case "to disk":
                    await stream.FlushAsync(flushToDisk: true);
                    break;
                case "handle":
                    _ = stream.SafeFileHandle;
                    break;
                case "large write":
                    await stream.WriteAsync(new byte[10_000]);
                    break;
                case "sync write":
                    stream.Write(new byte[4000]);
                    break;
                case "dispose":
                    stream.Dispose();
                    break;
                default:
                    await stream.DisposeAsync();
                    break;
            }
        });

        failure.Should().BeOfType<IOException>().Which.HResult.Should().Be(Errno.ENOSPC);
        bool isDisposed = call.StartsWith("dispose", StringComparison.Ordinal);
        if (!isDisposed)
        {
            stream.Position.Should().Be((64 << 10) + 100);
            stream.Length.Should().Be((64 << 10) + 100);
            File.Delete(mounted["file"]);
            (await Failure(() => stream.DisposeAsync().AsTask())).HResult.Should().Be(Errno.ENOSPC, "as FileStream, it tries once more");
        }

        stream.Invoking(closed => closed.Flush()).Should().Throw<ObjectDisposedException>();
        await stream.DisposeAsync();
        await OpenDescriptors.AreGone(mounted.FullPath);
    }

    [Test]
    public async Task A_large_write_that_fails_leaves_the_position_as_FileStream_does([Values(0, BufferSize)] int bufferSize)
    {
        using var mounted = MountedFolder.Tmpfs("64k");
        await using UringFileStream stream = await Create(mounted["ours"], bufferSize);
        await stream.WriteAsync(s_content.At(0, 10_000));

        (await Failure(() => stream.WriteAsync(new byte[100_000]).AsTask())).HResult.Should().Be(Errno.ENOSPC);

        stream.Position.Should().Be(10_000);
        byte[] read = new byte[10_000];
        stream.Position = 0;
        (await stream.ReadAsync(read)).Should().Be(10_000);
        s_content.ShouldBe(read, 0);
    }

    [Test]
    public async Task A_device_that_is_full_refuses_the_flush_and_not_the_gathering()
    {
        UringFileStream stream = await Create("/dev/full", mode: FileMode.Open);
        await stream.WriteAsync(new byte[10]);

        (await Failure(() => stream.FlushAsync())).HResult.Should().Be(Errno.ENOSPC);
        (await Failure(() => stream.DisposeAsync().AsTask())).HResult.Should().Be(Errno.ENOSPC);
        await stream.DisposeAsync();
    }

    [Test]
    public async Task A_cancelled_write_is_not_accepted_and_what_was_gathered_stays()
    {
        await using (UringFileStream stream = await Create(Folder["file"]))
        {
            await stream.WriteAsync(s_content.At(0, 100));
            using CancellationTokenSource source = new();
            await source.CancelAsync();
            await stream.Awaiting(it => it.WriteAsync(new byte[100], source.Token).AsTask()).Should().ThrowAsync<OperationCanceledException>();
            await stream.Awaiting(it => it.WriteAsync(new byte[10_000], source.Token).AsTask()).Should().ThrowAsync<OperationCanceledException>();
            stream.Position.Should().Be(100);
        }

        ShouldHold(Folder["file"], 100);
    }

    [Test]
    public async Task Writes_begun_at_the_same_time_arrive_in_their_order([Values(1, BufferSize)] int bufferSize)
    {
        const int count = 400;
        int[] sizes = [.. Enumerable.Range(0, count).Select(static i => (i * 7919 % 6000) + 1)];
        await using (UringFileStream stream = await Create(Folder["file"], bufferSize))
        {
            List<Task> writes = [];
            long offset = 0;
            foreach (int size in sizes)
            {
                writes.Add(stream.WriteAsync(s_content.At(offset, size)).AsTask());
                offset += size;
            }

            await Eventually.Ends(Task.WhenAll(writes));
            stream.Position.Should().Be(offset);
        }

        ShouldHold(Folder["file"], sizes.Sum());
    }

    [Test]
    public async Task Reads_begun_at_the_same_time_are_served_from_consecutive_positions([Values(0, BufferSize)] int bufferSize)
    {
        const int count = 200;
        s_content.Write(Folder["file"], 1000 * count);
        Libc.Evict(Folder["file"]);
        await using UringFileStream stream = await UringFileStream.OpenAsync(Folder["file"], new FileStreamOptions { BufferSize = bufferSize });
        byte[][] buffers = [.. Enumerable.Range(0, count).Select(static _ => new byte[1000])];

        int[] read = await Eventually.Ends(Task.WhenAll(buffers.Select(buffer => stream.ReadAsync(buffer).AsTask())));

        read.Should().AllBeEquivalentTo(1000);
        for (int i = 0; i < count; i++)
        {
            s_content.ShouldBe(buffers[i], i * 1000);
        }
    }

    [Test]
    public async Task A_stream_disposed_while_writes_run_keeps_those_that_were_accepted()
    {
        for (int round = 0; round < 50; round++)
        {
            string path = Folder["file"];
            UringFileStream stream = await Create(path, mode: FileMode.Create);
            List<Task> writes = [.. Enumerable.Range(0, 40).Select(i => stream.WriteAsync(s_content.At(i * 1000, 1000)).AsTask())];
            await Ends(stream.DisposeAsync());
            await Task.WhenAll(writes).ContinueWith(static _ => { }, TaskScheduler.Default);
            int accepted = writes.TakeWhile(static write => write.IsCompletedSuccessfully).Count();
            writes.Count(static write => write.IsCompletedSuccessfully).Should().Be(accepted, "they are served in order");
            ShouldHold(path, accepted * 1000L);
        }
    }

    [Test]
    public async Task A_stream_that_is_forgotten_writes_what_it_has_gathered()
    {
        await Forget();
        await Eventually.Holds(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return new FileInfo(Folder["file"]).Length == 10_000;
            },
            () => $"the file is {new FileInfo(Folder["file"]).Length} bytes long");
        ShouldHold(Folder["file"], 10_000);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        async Task Forget()
        {
            UringFileStream stream = await Create(Folder["file"]);
            for (int i = 0; i < 10; i++)
            {
                await stream.WriteAsync(s_content.At(i * 1000, 1000));
            }
        }
    }

    [Test]
    public async Task A_file_that_is_deleted_on_close_is_gone([Values] bool isAsync, [Values(0, BufferSize)] int bufferSize)
    {
        UringFileStream stream = new(Folder["file"], FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize, FileOptions.DeleteOnClose);
        await stream.WriteAsync(new byte[10]);
        File.Exists(Folder["file"]).Should().BeTrue();
        if (isAsync)
        {
            await stream.DisposeAsync();
        }
        else
        {
            stream.Dispose();
        }

        File.Exists(Folder["file"]).Should().BeFalse();
    }

    private static Task<UringFileStream> Create(string path, int bufferSize = BufferSize, FileMode mode = FileMode.CreateNew) =>
        Ends(UringFileStream.OpenAsync(path, new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, BufferSize = bufferSize }));

    private static void ShouldHold(string path, long length)
    {
        byte[] bytes = ReadAll(path);
        bytes.Length.Should().Be((int)length);
        s_content.ShouldBe(bytes, 0);
    }

    private static byte[] ReadAll(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
