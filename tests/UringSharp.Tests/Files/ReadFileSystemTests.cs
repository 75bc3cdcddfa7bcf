using System.Text;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>File systems that cannot say what is cached, and files without a length.</summary>
public sealed class ReadFileSystemTests : FileTests
{
    [TestCase("/proc/self/status")]
    [TestCase("/proc/cpuinfo")]
    [TestCase("/proc/self/maps")]
    [TestCase("/proc/filesystems")]
    [TestCase("/sys/kernel/mm/transparent_hugepage/enabled")]
    public async Task A_file_that_claims_to_be_empty_is_read_to_its_end(string path)
    {
        if (!File.Exists(path))
        {
            Skip.Aloud($"there is no {path}");
        }

        await using UringFile file = await Open(path);
        byte[] buffer = new byte[1 << 20];

        int read = await Ends(file.ReadAsync(buffer, 0));

        int firstLine = buffer.AsSpan(0, read).IndexOf((byte)'\n');
        firstLine.Should().BePositive();
        byte[] expected = Encoding.UTF8.GetBytes(await File.ReadAllTextAsync(path));
        expected.AsSpan(0, firstLine).SequenceEqual(buffer.AsSpan(0, firstLine)).Should().BeTrue();
        ((double)read).Should().BeInRange(expected.Length * 0.5, expected.Length * 2.0, "it may change between two readings, though not by much");
    }

    [Test]
    public async Task A_tmpfs_is_read_and_written()
    {
        using TempFolder folder = new("/dev/shm");

        await RoundTrip(folder["file"]);
    }

    [Test]
    public async Task An_overlay_is_read_and_written()
    {
        using var mounted = MountedFolder.Overlay();

        await RoundTrip(mounted["file"]);
    }

    [Test]
    public async Task A_file_of_the_lower_layer_is_read_after_it_was_copied_up()
    {
        using var mounted = MountedFolder.Overlay(lower => BigFile.Content.Write(Path.Combine(lower, "file"), 100_000));
        await using UringFile file = await Open(mounted["file"]);
        byte[] buffer = new byte[100_000];

        (await Ends(file.ReadAsync(buffer, 0))).Should().Be(100_000);
        await File.AppendAllTextAsync(mounted["file"], "more");
        Array.Clear(buffer);
        (await Ends(file.ReadAsync(buffer, 0))).Should().Be(100_000);

        BigFile.Content.ShouldBe(buffer, 0);
    }

    [Test]
    public async Task An_ext4_of_its_own_is_read_and_written()
    {
        using var mounted = MountedFolder.Ext4(megabytes: 32);

        await RoundTrip(mounted["file"]);
    }

    [Test]
    public async Task Where_the_kernel_cannot_say_what_is_cached_the_ring_is_left_alone()
    {
        // Each read through the ring would take a kernel thread there.
        await using UringContext context = new();
        using TempFolder folder = new("/dev/shm");
        BigFile.Content.Write(folder["file"], 1 << 20);
        await using UringFile file = await Open(folder["file"], context: context);
        byte[] buffer = new byte[4096];
        await Ends(file.ReadAsync(buffer, 0));
        long before = context.GetStatistics().Submissions;

        for (int i = 0; i < 200; i++)
        {
            await Ends(file.ReadAsync(buffer, i * 4096));
            BigFile.Content.ShouldBe(buffer, i * 4096);
        }

        context.GetStatistics().Submissions.Should().Be(before);
    }

    [Test]
    public async Task A_read_on_a_tmpfs_that_is_cancelled_ends_with_data_or_with_the_token()
    {
        using TempFolder folder = new("/dev/shm");
        BigFile.Content.Write(folder["file"], 8 << 20);
        await using UringFile file = await Open(folder["file"]);
        byte[] buffer = new byte[8 << 20];
        for (int i = 0; i < 50; i++)
        {
            using CancellationTokenSource source = new();
            Task<int> read = file.ReadAsync(buffer, 0, source.Token).AsTask();
            await source.CancelAsync();
            await Eventually.Ends((Task)read);
            if (read.IsCanceled)
            {
                (await Failure(() => read)).Should().BeAssignableTo<OperationCanceledException>().Which.CancellationToken.Should().Be(source.Token);
            }
            else
            {
                (await read).Should().Be(8 << 20);
            }
        }
    }

    [Test]
    public async Task A_file_on_a_tmpfs_disposed_with_reads_in_flight_ends_them_and_is_closed()
    {
        using TempFolder folder = new("/dev/shm");
        BigFile.Content.Write(folder["file"], 4 << 20);
        for (int round = 0; round < 10; round++)
        {
            UringFile file = await Open(folder["file"]);
            Task<int>[] reads = [.. Enumerable.Range(0, 16).Select(_ => file.ReadAsync(new byte[4 << 20], 0).AsTask())];
            await file.DisposeAsync();
            foreach (Task<int> read in reads)
            {
                await Eventually.Ends((Task)read);
                if (read.IsFaulted)
                {
                    read.Exception!.InnerException.Should().BeOfType<ObjectDisposedException>();
                }
                else
                {
                    (await read).Should().Be(4 << 20);
                }
            }

            await OpenDescriptors.AreGone(folder.FullPath);
        }
    }

    private static async Task RoundTrip(string path)
    {
        const int length = (3 << 20) + 17;
        byte[] expected = BigFile.Content.At(0, length);
        await using (UringFile file = await Open(path, FileAccess.ReadWrite, FileMode.CreateNew))
        {
            await Ends(file.WriteAsync(expected, 0));
            await Ends(file.FlushAsync());
            byte[] buffer = new byte[length + 100];

            (await Ends(file.ReadAsync(buffer, 0))).Should().Be(length, "the file ends there");
            BigFile.Content.ShouldBe(buffer.AsSpan(0, length), 0);
            (await Ends(file.ReadAsync(buffer, length - 10))).Should().Be(10);
            (await Ends(file.ReadAsync(buffer, length))).Should().Be(0);
            (await Ends(file.GetLengthAsync())).Should().Be(length);
        }

        (await File.ReadAllBytesAsync(path)).Should().Equal(expected);
        await OpenDescriptors.AreGone(path);
    }
}
