using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>Files that grow and shrink while they are read.</summary>
[Category("FaultsSoak")]
public sealed class ReadChangingFileTests : FileTests
{
    private static readonly TimeSpan s_span = TimeSpan.FromMilliseconds(400);

    [Test]
    public async Task A_file_that_grows_is_read_without_gaps([Values] bool isCold)
    {
        string path = Folder.File("file", []);
        await using var writer = Background.Run(end =>
        {
            using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            for (long length = 0; !end.IsCancellationRequested && length < 16 << 20; length += 1111)
            {
                RandomAccess.Write(handle, BigFile.Content.At(length, 1111), length);
            }

            return Task.CompletedTask;
        });
        await using UringFile file = await Open(path);
        byte[] buffer = new byte[10_000];
        var watch = Stopwatch.StartNew();
        for (long position = 0; watch.Elapsed < s_span;)
        {
            if (isCold)
            {
                Libc.Evict(path);
            }

            int read = await Ends(file.ReadAsync(buffer, position));
            BigFile.Content.ShouldBe(buffer.AsSpan(0, read), position);
            position += read;
        }
    }

    [Test]
    public async Task A_direct_read_of_a_file_that_grows_never_complains_of_alignment()
    {
        // The caller's arguments are aligned throughout; where the file happens to end is not the caller's doing.
        string path = BigFile.Content.Write(Folder["file"], 100);
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        long length = 100;
        await using var writer = Background.Repeat(() =>
        {
            RandomAccess.Write(handle, BigFile.Content.At(length, 100), length);
            length += 100;
        });
        await using UringFile file = await Open(path, direct: true);
        using AlignedMemoryPool pool = new();
        using var block = pool.Rent(1 << 16);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < s_span;)
        {
            long offset = RandomAccess.GetLength(file.SafeFileHandle) & -4096;
            await Ends(file.ReadAsync(block.Memory, offset));
        }
    }

    [Test]
    public async Task A_file_that_is_truncated_meanwhile_gives_what_is_there([Values] bool direct, [Values] bool isCold)
    {
        const int length = 1 << 20;
        string path = Folder.File("file", []);
        Random random = new(9);
        byte[] content = BigFile.Content.At(0, length);
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        await using var writer = Background.Repeat(() =>
        {
            RandomAccess.Write(handle, content, 0);
            RandomAccess.SetLength(handle, random.Next(length));
        });
        await using UringFile file = await Open(path, direct: direct);
        using AlignedMemoryPool pool = new();
        using var block = pool.Rent(length);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < s_span;)
        {
            if (isCold)
            {
                Libc.Evict(path);
            }

            (await Ends(file.ReadAsync(block.Memory, 0))).Should().BeInRange(0, length);
        }
    }

    [Test]
    public async Task A_deleted_file_is_read_to_its_end()
    {
        string path = BigFile.Content.Write(Folder["file"], 100_000);
        await using UringFile file = await Open(path);
        File.Delete(path);
        byte[] buffer = new byte[200_000];

        (await Ends(file.ReadAsync(buffer, 0))).Should().Be(100_000);

        BigFile.Content.ShouldBe(buffer.AsSpan(0, 100_000), 0);
    }

    [Test]
    public async Task What_has_just_been_written_by_others_is_read()
    {
        string path = Folder.File("file", []);
        await using UringFile file = await Open(path);
        byte[] buffer = new byte[10_000];
        for (int i = 1; i < 200; i++)
        {
            await File.WriteAllBytesAsync(path, BigFile.Content.At(i, i * 37));

            (await Ends(file.ReadAsync(buffer, 0))).Should().Be(i * 37);
            BigFile.Content.ShouldBe(buffer.AsSpan(0, i * 37), i);
        }
    }
}
