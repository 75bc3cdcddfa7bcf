using System.Diagnostics;
using UringSharp.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.FileSystem;

/// <summary>A file system that never answers holds up nobody but those who ask it, and these only until they lose patience.</summary>
[NonParallelizable]
public sealed class HungFileSystemTests : FileTests
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(2);

    [Test]
    public async Task It_blocks_neither_the_caller_nor_other_operations_nor_the_NET_pool()
    {
        using HungFolder hung = new();
        string path = Folder.File("file", [1]);
        int poolThreads = ThreadPool.ThreadCount;
        using CancellationTokenSource source = new();
        long started = Stopwatch.GetTimestamp();
        Task[] asking = [.. Enumerable.Range(0, 100).Select(i => Ask(i))];
        Stopwatch.GetElapsedTime(started).Should().BeLessThan(s_soon, "no call waits for the answer");

        for (int i = 0; i < 20; i++)
        {
            started = Stopwatch.GetTimestamp();
            await Ends(UringFileSystem.SetModeAsync(path, UnixFileMode.UserRead | UnixFileMode.UserWrite));
            await Ends(UringFileSystem.StatAsync(path));
            await Ends(UringFileSystem.CopyAsync(path, Folder["copy"], overwrite: true));
            await Ends(UringFileSystem.DeleteAsync(Folder["copy"]));
            Stopwatch.GetElapsedTime(started).Should().BeLessThan(s_soon, "others do not wait");
        }

        (ThreadPool.ThreadCount - poolThreads).Should().BeLessThan(20, "no thread of the pool waits");
        asking.Should().OnlyContain(task => !task.IsCompleted);
        started = Stopwatch.GetTimestamp();
        await source.CancelAsync();
        foreach (Task task in asking)
        {
            Exception failure = await Failure(() => task);
            failure.Should().BeAssignableTo<OperationCanceledException>().Which.CancellationToken.Should().Be(source.Token);
        }

        Stopwatch.GetElapsedTime(started).Should().BeLessThan(s_soon, "a cancelled task ends although the kernel has it still");
        hung.LetGo();
        await Eventually.Holds(
            () => ProcessFacts.ThreadIds(BlockingPool.ThreadName).Count == 0, () => $"{ProcessFacts.ThreadIds(BlockingPool.ThreadName).Count} threads are left");

        Task Ask(int number) => (number % 5) switch
        {
            0 => UringFileSystem.StatAsync(hung["file"], cancellationToken: source.Token).AsTask(),
            1 => UringFileSystem.DeleteAsync(hung["file"], source.Token).AsTask(),
            2 => UringFileSystem.ExistsAsync(hung["file"], source.Token).AsTask(),
            3 => UringFileSystem.MoveAsync(path, hung["file"], cancellationToken: source.Token).AsTask(),
            _ => UringFileSystem.CreateDirectoryAsync(hung["folder"], null, source.Token).AsTask(),
        };
    }

    [Test]
    public async Task Its_errors_come_when_it_is_gone()
    {
        using HungFolder hung = new();
        var asking = UringFileSystem.StatAsync(hung["file"]).AsTask();
        hung.LetGo();
        (await Failure(() => asking)).Should().BeOfType<IOException>().Which.HResult.Should().Be(107, "that is ENOTCONN");
    }

    [Test]
    public async Task Its_root_which_the_kernel_has_cached_blocks_no_caller_either()
    {
        using HungFolder hung = new();
        var calling = Task.Run(() => UringFileSystem.StatAsync(hung.FullPath).AsTask() is not null);
        (await Eventually.Ends(calling, s_soon)).Should().BeTrue();
    }
}
