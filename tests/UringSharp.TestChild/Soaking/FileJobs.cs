namespace UringSharp.TestChild.Soaking;

/// <summary>Files and streams that are written, read back and compared.</summary>
internal static class FileJobs
{
    private const int Block = 4096;

    /// <summary>A file, written in pieces at the same time, read so too, some of the reads cancelled.</summary>
    public static async Task FileAsync(SoakWork work, Random random)
    {
        string path = work.NewPath();
        byte[] content = new byte[random.Next(1, 512 * 1024)];
        random.NextBytes(content);
        await using (UringFile file = await UringFile.OpenAsync(path, FileMode.CreateNew, FileAccess.ReadWrite))
        {
            int pieces = random.Next(1, 9);
            int length = (content.Length + pieces - 1) / pieces;
            await Task.WhenAll(Enumerable.Range(0, pieces).Select(i => WriteAsync(i * length)));
            if (random.Next(20) == 0)
            {
                await file.FlushAsync(dataOnly: random.Next(2) == 0);
                work.Count("file: flushes");
            }

            await Task.WhenAll(Enumerable.Range(0, 32).Select(i => ReadAsync(random.Next(content.Length), random.Next(1, 64 * 1024), i % 4 == 0 ? random.Next(3) : -1)));
            SoakWork.Require(await file.GetLengthAsync() == content.Length, "the file's length");
            await file.SetLengthAsync(content.Length / 2);

            async Task WriteAsync(int offset)
            {
                ReadOnlyMemory<byte> piece = content.AsMemory(Math.Min(offset, content.Length)..Math.Min(offset + length, content.Length));
                if (offset % 3 == 0)
                {
                    await file.WriteAsync([piece[..(piece.Length / 2)], piece[(piece.Length / 2)..]], offset);
                }
                else
                {
                    await file.WriteAsync(piece, offset);
                }

                work.Count("file: writes");
            }

            async Task ReadAsync(int offset, int count, int cancelAfter)
            {
                byte[] buffer = new byte[count];
                using CancellationTokenSource source = new();
                if (cancelAfter >= 0)
                {
                    source.CancelAfter(cancelAfter);
                }

                try
                {
                    int read = await file.ReadAsync(buffer, offset, source.Token);
                    SoakWork.Require(read == Math.Min(count, content.Length - offset) && buffer.AsSpan(0, read).SequenceEqual(content.AsSpan(offset, read)), "a read's bytes");
                    work.Count("file: reads");
                }
                catch (OperationCanceledException) when (cancelAfter >= 0)
                {
                    work.Count("file: reads cancelled");
                }
            }
        }

        UringFileStatus status = await UringFileSystem.StatAsync(path);
        SoakWork.Require(status.Length == content.Length / 2, "the length by path");
        await UringFileSystem.DeleteAsync(path);
        work.Count("file: made and deleted");
    }

    /// <summary>Direct I/O, where the file system has it.</summary>
    public static async Task DirectAsync(SoakWork work, Random random)
    {
        string path = work.NewPath();
        using AlignedMemoryPool pool = new();
        int blocks = random.Next(1, 64);
        using var source = pool.Rent(blocks * Block);
        using var target = pool.Rent(blocks * Block);
        Memory<byte> written = source.Memory[..(blocks * Block)];
        random.NextBytes(written.Span);
        UringFile file;
        try
        {
            file = await UringFile.OpenAsync(path, FileMode.Create, FileAccess.ReadWrite, new UringFileOptions { Direct = true });
        }
        catch (IOException)
        {
            await Task.Delay(1000);
            work.Count("direct: refused");
            return;
        }

        await using (file)
        {
            await file.WriteAsync(written, 0);
            await Task.WhenAll(Enumerable.Range(0, blocks).Select(async i =>
                SoakWork.Require(await file.ReadAsync(target.Memory.Slice(i * Block, Block), i * Block) == Block, "a direct read's length")));
            SoakWork.Require(target.Memory.Span[..written.Length].SequenceEqual(written.Span), "what was read directly");
            work.Count("direct: reads", blocks);
        }

        File.Delete(path);
    }

    /// <summary>A stream, written in pieces of any size, read back in others, copied.</summary>
    public static async Task StreamAsync(SoakWork work, Random random)
    {
        string path = work.NewPath();
        byte[] content = new byte[random.Next(1, 256 * 1024)];
        random.NextBytes(content);
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            BufferSize = random.GetItems([0, 16, 4096, 65_536], 1)[0],
        };
        await using (UringFileStream stream = await UringFileStream.OpenAsync(path, options))
        {
            for (int done = 0; done < content.Length;)
            {
                int count = Math.Min(random.Next(1, 8192), content.Length - done);
                await stream.WriteAsync(content.AsMemory(done, count));
                done += count;
                work.Count("stream: writes");
            }

            stream.Position = 0;
            byte[] buffer = new byte[8192];
            for (int done = 0; done < content.Length;)
            {
                int read = await stream.ReadAsync(buffer.AsMemory(0, random.Next(1, buffer.Length)));
                SoakWork.Require(read > 0 && buffer.AsSpan(0, read).SequenceEqual(content.AsSpan(done, read)), "what a stream has read");
                done += read;
                work.Count("stream: reads");
            }

            SoakWork.Require(await stream.ReadAsync(buffer) == 0, "the end of a stream");

            // Some bytes anew, and left for the end to write.
            int place = random.Next(content.Length);
            random.NextBytes(content.AsSpan(place, Math.Min(10, content.Length - place)));
            stream.Position = place;
            await stream.WriteAsync(content.AsMemory(place, Math.Min(10, content.Length - place)));
        }

        string copy = work.NewPath();
        await UringFileSystem.CopyAsync(path, copy);
        SoakWork.Require((await UringFileSystem.ReadAllBytesAsync(copy)).AsSpan().SequenceEqual(content), "the copy of a file");
        await UringFileSystem.MoveAsync(copy, path, UringMoveMode.Replace);
        await UringFileSystem.DeleteAsync(path);
        work.Count("stream: copied, moved, deleted");
    }
}
