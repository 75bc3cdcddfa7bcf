using System.Diagnostics;

namespace UringSharp.Tests.Files;

/// <summary>Opening a file on which somebody holds a lease: the one open of a regular file that waits for a peer.</summary>
public sealed class OpenLeasedFileTests : FileTests
{
    [Test]
    public async Task It_completes_when_the_lease_is_given_up()
    {
        string path = Folder.File("file", "content"u8);
        await using LeaseHolder holder = await LeaseHolder.StartAsync(path);

        Task<UringFile> open = UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read).AsTask();
        await (await Open(Folder.File("other", []))).DisposeAsync();
        open.IsCompleted.Should().BeFalse();
        await holder.GiveUpAsync();

        await using UringFile file = await Ends(new ValueTask<UringFile>(open));
        byte[] buffer = new byte[10];
        (await Ends(file.ReadAsync(buffer, 0))).Should().Be(7);
        (await File.ReadAllTextAsync($"/proc/self/fdinfo/{file.SafeFileHandle.DangerousGetHandle()}")).Should().NotMatchRegex("flags:.*4...\n", "it is not in non-blocking mode");
    }

    [Test]
    public async Task It_ends_at_once_when_it_is_cancelled()
    {
        string path = Folder.File("file", "content"u8);
        await using LeaseHolder holder = await LeaseHolder.StartAsync(path);
        using CancellationTokenSource source = new();
        Task<UringFile> open = UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read, null, source.Token).AsTask();
        await (await Open(Folder.File("other", []))).DisposeAsync();

        var watch = Stopwatch.StartNew();
        await source.CancelAsync();
        Exception failure = await Failure(() => open);

        failure.Should().BeAssignableTo<OperationCanceledException>().Which.CancellationToken.Should().Be(source.Token);
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(5));
    }

    [Test]
    public async Task It_ends_when_its_context_is_disposed()
    {
        string path = Folder.File("file", "content"u8);
        await using LeaseHolder holder = await LeaseHolder.StartAsync(path);
        UringContext context = new();
        Task<UringFile> open = UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read, new UringFileOptions { Context = context }).AsTask();
        await (await Open(Folder.File("other", []), context: context)).DisposeAsync();

        await Ends(context.DisposeAsync());

        (await Failure(() => open)).Should().BeOfType<ObjectDisposedException>();
    }

    [Test]
    public async Task Many_of_them_leave_other_requests_alone()
    {
        string path = Folder.File("file", "content"u8);
        await using LeaseHolder holder = await LeaseHolder.StartAsync(path);
        await using UringContext context = new();
        Task<UringFile>[] opens = [.. Enumerable.Range(0, 40).Select(_ =>
            UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read, new UringFileOptions { Context = context }).AsTask())];

        await using UringFile other = await Open(Folder["other"], FileAccess.ReadWrite, FileMode.Create, context: context);
        await Ends(other.WriteAsync(new byte[5], 0));
        await Ends(other.FlushAsync());
        (await Ends(other.GetLengthAsync())).Should().Be(5);
        opens.Should().NotContain(open => open.IsCompleted, "the lease is still held");

        await holder.GiveUpAsync();
        foreach (Task<UringFile> open in opens)
        {
            (await Ends(new ValueTask<UringFile>(open))).Dispose();
        }
    }
}
