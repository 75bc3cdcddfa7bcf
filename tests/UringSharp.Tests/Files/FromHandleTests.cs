using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>Descriptors that others opened.</summary>
public sealed class FromHandleTests : FileTests
{
    [Test]
    public async Task A_borrowed_handle_stays_open()
    {
        using SafeFileHandle handle = File.OpenHandle(BigFile.Path);
        byte[] buffer = new byte[4096];
        await using (var file = UringFile.FromHandle(handle))
        {
            (await Ends(file.ReadAsync(buffer, 12_345))).Should().Be(4096);
            BigFile.Content.ShouldBe(buffer, 12_345);
        }

        handle.IsClosed.Should().BeFalse();
        RandomAccess.Read(handle, buffer, 0).Should().Be(4096);
    }

    [Test]
    public async Task An_owned_handle_is_closed()
    {
        string path = Folder.File("file", "content"u8);
        SafeFileHandle handle = File.OpenHandle(path);

        await using (UringFile.FromHandle(handle, ownsHandle: true))
        {
            OpenDescriptors.Of(path).Should().Be(1);
        }

        handle.IsClosed.Should().BeTrue();
        OpenDescriptors.Of(path).Should().Be(0);
    }

    [Test]
    public void No_handle_is_an_ArgumentNullException() =>
        Assert.That(() => UringFile.FromHandle(null!), Throws.ArgumentNullException);

    [Test]
    public void A_closed_handle_is_an_ObjectDisposedException()
    {
        SafeFileHandle handle = File.OpenHandle(BigFile.Path);
        handle.Dispose();

        Assert.That(() => UringFile.FromHandle(handle), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void An_invalid_handle_is_an_ArgumentException()
    {
        using SafeFileHandle handle = new(-1, ownsHandle: false);

        Assert.That(() => UringFile.FromHandle(handle), Throws.ArgumentException);
    }

    [Test]
    public void A_number_nobody_has_open_is_an_exception_of_the_BCLs()
    {
        using SafeFileHandle handle = new(1_000_000, ownsHandle: false);

        Assert.That(() => UringFile.FromHandle(handle), Throws.InstanceOf<UnauthorizedAccessException>());
    }

    [Test]
    public void A_pipe_is_an_IOException_ESPIPE()
    {
        (SafeFileHandle read, SafeFileHandle write) = Libc.Pipe();
        using (read)
        using (write)
        {
            Assert.That(() => UringFile.FromHandle(read), Throws.InstanceOf<IOException>().With.Property(nameof(Exception.HResult)).EqualTo(29));
        }
    }

    [Test]
    public void A_fifo_is_an_IOException_ESPIPE()
    {
        using SafeFileHandle handle = Libc.Open(Folder.Fifo(), Libc.ReadWrite);

        Assert.That(() => UringFile.FromHandle(handle), Throws.InstanceOf<IOException>().With.Property(nameof(Exception.HResult)).EqualTo(29));
    }

    [Test]
    public void A_socket_is_an_IOException_ESPIPE()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using SafeFileHandle handle = new(socket.Handle, ownsHandle: false);

        Assert.That(() => UringFile.FromHandle(handle), Throws.InstanceOf<IOException>().With.Property(nameof(Exception.HResult)).EqualTo(29));
    }

    [Test]
    public void A_folder_is_an_UnauthorizedAccessException()
    {
        using SafeFileHandle handle = Libc.Open(Folder.FullPath, Libc.ReadOnly | Libc.DirectoryOnly);

        Assert.That(() => UringFile.FromHandle(handle), Throws.InstanceOf<UnauthorizedAccessException>());
    }

    [Test]
    public void A_refused_handle_stays_open_though_it_was_to_be_owned()
    {
        using SafeFileHandle handle = Libc.Open(Folder.Fifo(), Libc.ReadWrite);

        Assert.That(() => UringFile.FromHandle(handle, ownsHandle: true), Throws.InstanceOf<IOException>());

        handle.IsClosed.Should().BeFalse("who gets an exception keeps what was offered");
    }

    [Test]
    public void A_disposed_context_is_an_ObjectDisposedException()
    {
        using SafeFileHandle handle = File.OpenHandle(BigFile.Path);
        UringContext context = new();
        context.Dispose();

        Assert.That(() => UringFile.FromHandle(handle, context: context), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public async Task Errors_of_a_handle_without_a_path_are_those_of_the_BCL()
    {
        using SafeFileHandle handle = Libc.Open(BigFile.Path, Libc.WriteOnly);
        await using var file = UringFile.FromHandle(handle);
        byte[] buffer = new byte[10];

        Exception expected = await Failure(() => RandomAccess.ReadAsync(handle, buffer, 0).AsTask());
        Exception actual = await Failure(() => file.ReadAsync(buffer, 0).AsTask());

        OpenOutcome.Describe(actual, string.Empty).Should().Be(OpenOutcome.Describe(expected, string.Empty));
    }

    [Test]
    public async Task A_handle_in_append_mode_writes_where_the_BCL_writes()
    {
        const int appending = 0x400;
        string[] paths = [Folder.File("expected", "content"u8), Folder.File("actual", "content"u8)];
        using (SafeFileHandle handle = Libc.Open(paths[0], Libc.WriteOnly | appending))
        {
            await RandomAccess.WriteAsync(handle, "more"u8.ToArray(), 2);
        }

        await using (var file = UringFile.FromHandle(Libc.Open(paths[1], Libc.WriteOnly | appending), ownsHandle: true))
        {
            await Ends(file.WriteAsync("more"u8.ToArray(), 2));
        }

        (await File.ReadAllTextAsync(paths[1])).Should().Be(await File.ReadAllTextAsync(paths[0]));
    }

    [Test]
    public async Task Cold_reads_through_a_descriptor_in_non_blocking_mode_complete()
    {
        using SafeFileHandle handle = Libc.Open(BigFile.Cold(), Libc.ReadOnly | Libc.NonBlocking);
        await using var file = UringFile.FromHandle(handle);

        await Task.WhenAll(Enumerable.Range(0, 64).Select(async i =>
        {
            byte[] buffer = new byte[100_000];
            (await Ends(file.ReadAsync(buffer, i * 900_000L))).Should().Be(100_000);
            BigFile.Content.ShouldBe(buffer, i * 900_000L);
        }));
    }

    [Test]
    public async Task Writes_through_a_descriptor_in_non_blocking_mode_complete()
    {
        string path = Folder.File("file", []);
        using SafeFileHandle handle = Libc.Open(path, Libc.ReadWrite | Libc.NonBlocking);
        await using var file = UringFile.FromHandle(handle);

        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Ends(file.WriteAsync(BigFile.Content.At(i * 50_000, 50_000), i * 50_000))));

        BigFile.Content.ShouldBe(await File.ReadAllBytesAsync(path), 0);
    }

    [Test]
    public async Task The_flags_of_a_borrowed_descriptor_stay_as_they_are()
    {
        using SafeFileHandle handle = Libc.Open(BigFile.Cold(), Libc.ReadOnly | Libc.NonBlocking);
        string info = $"/proc/self/fdinfo/{handle.DangerousGetHandle()}";
        string before = await File.ReadAllTextAsync(info);

        await using (var file = UringFile.FromHandle(handle))
        {
            await Ends(file.ReadAsync(new byte[100_000], 5 << 20));
        }

        (await File.ReadAllTextAsync(info)).Should().Be(before);
    }

    [Test]
    public async Task A_handle_its_owner_closes_with_reads_in_flight_is_closed_when_they_have_ended_and_no_stranger_is_touched([Values] bool direct)
    {
        const int size = 256 << 10;
        string stranger = Folder.File("stranger", "the stranger's content"u8);
        using AlignedMemoryPool pool = new();
        int numbersReused = 0;
        for (int round = 0; round < 10; round++)
        {
            SafeFileHandle handle = Libc.Open(BigFile.Cold(), Libc.ReadOnly | (direct ? Libc.Direct : 0));
            nint number = handle.DangerousGetHandle();
            await using var file = UringFile.FromHandle(handle);
            Task[] reads = [.. Enumerable.Range(0, 64).Select(i => ReadAsync(file, i * 900_000L / 4096 * 4096))];
            handle.Dispose();

            // Strangers take every number that is free. While reads are in flight, theirs is not.
            List<SafeFileHandle> strangers = [.. Enumerable.Range(0, 32).Select(_ => File.OpenHandle(stranger))];
            await Eventually.Ends(Task.WhenAll(reads));
            await Task.WhenAll(reads);
            await OpenDescriptors.AreGone(BigFile.Path);
            strangers.AddRange(Enumerable.Range(0, 32).Select(_ => File.OpenHandle(stranger)));
            numbersReused += strangers.Count(other => other.DangerousGetHandle() == number);

            (await Failure(() => file.ReadAsync(new byte[1], 0).AsTask())).Should().BeOfType<ObjectDisposedException>();
            file.Dispose();
            foreach (SafeFileHandle other in strangers)
            {
                RandomAccess.Read(other, new byte[100], 0).Should().Be(22, "it is still open");
                other.Dispose();
            }
        }

        numbersReused.Should().BePositive("the number was given back, though now and then to somebody else than us");

        async Task ReadAsync(UringFile file, long offset)
        {
            using var block = pool.Rent(size);
            try
            {
                int read = await file.ReadAsync(block.Memory, offset);
                read.Should().Be(size);
                BigFile.Content.ShouldBe(block.Memory.Span, offset);
            }
            catch (ObjectDisposedException)
            {
                // It had not begun.
            }
        }
    }

    [Test]
    public async Task Two_files_may_share_a_handle()
    {
        using SafeFileHandle handle = File.OpenHandle(BigFile.Cold());
        await using var first = UringFile.FromHandle(handle);
        await using UringContext context = new();
        var second = UringFile.FromHandle(handle, context: context);
        byte[] buffer = new byte[4096];

        (await Ends(second.ReadAsync(buffer, 0))).Should().Be(4096);
        await second.DisposeAsync();

        (await Ends(first.ReadAsync(buffer, 1 << 20))).Should().Be(4096);
        BigFile.Content.ShouldBe(buffer, 1 << 20);
    }
}
