using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.Streams;

/// <summary>What a stream is for, in a few lines each.</summary>
[Category("Faults")]
public sealed class StreamTests : FileTests
{
    [Test]
    public async Task What_is_written_can_be_read([Values(0, 1, 16, 4096)] int bufferSize, [Values] bool sync)
    {
        byte[] written = new FileContent(1).At(0, 100_000);
        FileStreamOptions create = new() { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, BufferSize = bufferSize };
        await using UringFileStream stream = await Ends(UringFileStream.OpenAsync(Folder["file"], create));
        for (int done = 0; done < written.Length; done += 100)
        {
            if (sync)
            {
                stream.Write(written.AsSpan(done, 100));
            }
            else
            {
                await stream.WriteAsync(written.AsMemory(done, 100));
            }
        }

        stream.Position.Should().Be(written.Length);
        stream.Length.Should().Be(written.Length);
        stream.Seek(0, SeekOrigin.Begin).Should().Be(0);
        byte[] read = new byte[written.Length + 1];
        int count = 0;
        for (int step; (step = sync ? stream.Read(read.AsSpan(count, Math.Min(333, read.Length - count))) : await stream.ReadAsync(read.AsMemory(count, Math.Min(333, read.Length - count)))) > 0;)
        {
            count += step;
        }

        count.Should().Be(written.Length);
        read.AsSpan(0, count).SequenceEqual(written).Should().BeTrue();
    }

    [Test]
    public async Task A_cancelled_read_leaves_the_position_where_it_was([Values(0, 4096, 1 << 20)] int bufferSize)
    {
        FileContent content = new(5);
        content.Write(Folder["file"], 1 << 20);
        byte[] buffer = new byte[64 << 10];
        await using UringFileStream stream = await Ends(UringFileStream.OpenAsync(Folder["file"], new FileStreamOptions { BufferSize = bufferSize }));
        int cancelled = 0;
        for (int i = 0; i < 100; i++)
        {
            Libc.Evict(Folder["file"]);
            stream.Flush();
            stream.Position = 1000;
            using CancellationTokenSource source = new();
            Task<int> read = stream.ReadAsync(buffer.AsMemory(), source.Token).AsTask();
            source.Cancel();
            await Eventually.Ends(((Task)read).ContinueWith(static _ => { }, TaskScheduler.Default));
            if (read.IsCompletedSuccessfully)
            {
                stream.Position.Should().Be(1000 + buffer.Length);
                content.ShouldBe(buffer, 1000);
            }
            else
            {
                read.IsCanceled.Should().BeTrue();
                cancelled++;
                stream.Position.Should().Be(1000);
                (await stream.ReadAsync(buffer)).Should().Be(buffer.Length);
                content.ShouldBe(buffer, 1000);
            }
        }

        await TestContext.Out.WriteLineAsync($"{cancelled} of 100 were cancelled");
    }

    [Test]
    public void Members_of_a_closed_stream_answer_as_those_of_FileStream([Values(0, 4096)] int bufferSize, [Values] FileAccess access)
    {
        File.WriteAllBytes(Folder["file"], new byte[10]);
        Func<Stream, object?>[] members =
        [
            static stream => stream.CanRead,
            static stream => stream.CanWrite,
            static stream => stream.CanSeek,
            static stream => stream.CanTimeout,
            static stream => stream.ReadTimeout,
            static stream => stream.WriteTimeout = 1,
            static stream => stream.Length,
            static stream => stream.Position,
            static stream => stream.Position = 1,
            static stream => stream.Position = -1,
            static stream => stream.Seek(0, SeekOrigin.Begin),
            static stream => stream.Seek(0, (SeekOrigin)9),
            static stream => { stream.SetLength(1); return null; },
            static stream => { stream.SetLength(-1); return null; },
            static stream => stream.Read(new byte[1], 0, 1),
            static stream => stream.Read(new byte[1], 0, 2),
            static stream => stream.Read(null!, 0, 1),
            static stream => stream.Read(Span<byte>.Empty),
            static stream => stream.ReadByte(),
            static stream => stream.ReadAsync(Memory<byte>.Empty).AsTask().Result,
            static stream => stream.ReadAsync(new byte[1].AsMemory(), new CancellationToken(canceled: true)).AsTask().IsCanceled,
            static stream => stream.EndRead(stream.BeginRead(new byte[1], 0, 1, null, null)),
            static stream => stream.EndRead(null!),
            static stream => { stream.Write(new byte[1], 0, 1); return null; },
            static stream => { stream.Write([]); return null; },
            static stream => { stream.WriteByte(1); return null; },
            static stream => { stream.WriteAsync(ReadOnlyMemory<byte>.Empty).AsTask().Wait(); return null; },
            static stream => stream.WriteAsync(new byte[1].AsMemory(), new CancellationToken(canceled: true)).AsTask().IsCanceled,
            static stream => { stream.EndWrite(stream.BeginWrite(new byte[1], 0, 1, null, null)); return null; },
            static stream => { stream.Flush(); return null; },
            static stream => { stream.FlushAsync().Wait(); return null; },
            static stream => stream.FlushAsync(new CancellationToken(canceled: true)).IsCanceled,
            static stream => { stream.CopyTo(Stream.Null); return null; },
            static stream => { stream.CopyTo(null!); return null; },
            static stream => { stream.CopyToAsync(Stream.Null).Wait(); return null; },
            static stream => (stream as FileStream)?.IsAsync ?? ((UringFileStream)stream).IsAsync,
            static stream => (stream as FileStream)?.Name ?? ((UringFileStream)stream).Name,
            static stream => ((stream as FileStream)?.SafeFileHandle ?? ((UringFileStream)stream).SafeFileHandle).IsClosed,
        ];
        foreach (bool isClosed in new[] { false, true })
        {
            using FileStream expected = new(Folder["file"], FileMode.Open, access, FileShare.ReadWrite, bufferSize);
            using UringFileStream actual = new(Folder["file"], FileMode.Open, access, FileShare.ReadWrite, bufferSize);
            if (isClosed)
            {
                expected.Dispose();
                actual.Dispose();
            }

            for (int i = 0; i < members.Length; i++)
            {
                Outcome(members[i], actual).Should().Be(Outcome(members[i], expected), "member {0}, closed: {1}", i, isClosed);
            }
        }

        static string Outcome(Func<Stream, object?> member, Stream stream)
        {
            try
            {
                return $"{member(stream)}";
            }
            catch (ObjectDisposedException)
            {
                return nameof(ObjectDisposedException);
            }
            catch (Exception e)
            {
                return StreamOpenOutcome.Describe(e);
            }
        }
    }
}
