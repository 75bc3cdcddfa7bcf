using System.Diagnostics;
using UringSharp.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>Ends on a file system that hangs: cancelling and disposing wait for nobody, and claim nothing that has not happened.</summary>
[NonParallelizable]
public sealed class HungFileSystemEndTests : FileTests
{
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(2);

    private FuseFolder _fuse = null!;

    [SetUp]
    public void Mount() => _fuse = FuseFolder.Mount();

    [TearDown]
    public void Unmount() => _fuse?.Dispose();

    [Test]
    public async Task A_flush_that_is_cancelled_before_its_turn_is_no_success()
    {
        await using UringFile file = await Open(_fuse.One, FileAccess.ReadWrite);
        using ManualResetEventSlim gate = new();
        Task[] blockers = Saturate(gate);
        using CancellationTokenSource source = new();
        Task flush = file.FlushAsync(dataOnly: false, source.Token).AsTask();

        // The callback that is registered last runs first, and lets the flush's own wait.
        using CancellationTokenRegistration registration = source.Token.Register(() => SpinWait.SpinUntil(() => flush.IsCompleted, s_atOnce));
        var cancel = Task.Run(source.Cancel);
        await Eventually.Holds(() => source.IsCancellationRequested, () => "not cancelled yet");
        gate.Set();
        await Task.WhenAll(blockers);
        await cancel;

        (await Failure(() => flush)).Should().BeAssignableTo<OperationCanceledException>();
        _fuse.CountSyncs().Should().Be(0);
    }

    [Test]
    public async Task The_code_after_a_cancelled_flush_does_not_run_inside_the_call_that_cancels()
    {
        UringFile file = await Open(_fuse.One, FileAccess.ReadWrite);
        _fuse.Stall();
        using CancellationTokenSource source = new();
        Thread? continuation = null;
        Task flush = Flush();
        Thread cancelling = new(source.Cancel);
        cancelling.Start();
        cancelling.Join();

        await Eventually.Ends(flush);

        continuation.Should().NotBe(cancelling);
        _fuse.Resume();
        await Ends(file.DisposeAsync());

        async Task Flush()
        {
            try
            {
                await file.FlushAsync(dataOnly: false, source.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                continuation = Thread.CurrentThread;
            }
        }
    }

    [TestCase("file")]
    [TestCase("file, asynchronously")]
    [TestCase("stream, asynchronously")]
    public async Task Disposing_does_not_wait_for_the_server(string what)
    {
        UringFile file = await Open(_fuse.One);
        UringFileStream stream = await UringFileStream.OpenAsync(_fuse.Two, new FileStreamOptions());
        _fuse.Stall();
        using ManualResetEventSlim hasReturned = new();
        Task? disposed = null;
        Thread caller = new(() =>
        {
            switch (what)
            {
                case "file":
                    file.Dispose();
                    break;
                case "file, asynchronously":
                    disposed = file.DisposeAsync().AsTask();
                    break;
                default:
                    disposed = stream.DisposeAsync().AsTask();
                    break;
            }

            hasReturned.Set();
        });
        caller.Start();

        bool isInTime = hasReturned.Wait(s_atOnce);

        _fuse.Resume();
        caller.Join();
        isInTime.Should().BeTrue();
        await Eventually.Ends(disposed ?? Task.CompletedTask);
        await Ends(file.DisposeAsync());
        await Ends(stream.DisposeAsync());
    }

    [Test]
    public async Task A_flush_that_comes_behind_the_closing_of_its_stream_is_no_success()
    {
        UringFileStream stream = await UringFileStream.OpenAsync(
            _fuse.One, new FileStreamOptions { Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite });
        _fuse.Stall();
        Task write = stream.WriteAsync(new byte[8192]).AsTask();
        Task dispose = stream.DisposeAsync().AsTask();
        Task flush;
        try
        {
            flush = stream.FlushAsync(flushToDisk: true).AsTask();
        }
        catch (ObjectDisposedException e)
        {
            flush = Task.FromException(e);
        }

        _fuse.Resume();
        await Eventually.Ends(write);
        await Eventually.Ends(dispose);

        (await Failure(() => flush)).Should().BeOfType<ObjectDisposedException>();
    }

    [Test]
    public async Task A_file_that_is_a_mount_of_its_own_blocks_no_caller()
    {
        string place = Folder.File("place", []);
        string other = Folder.File("other", []);
        using (var mount = Process.Start("mount", ["--bind", _fuse.One, place]))
        {
            await mount.WaitForExitAsync();
        }

        try
        {
            // The folder is known by now, and looked at anew when that has expired.
            await Eventually.Holds(() => MountPoints.AreIn(Folder.FullPath, Environment.TickCount64), () => "the mount is not seen");
            await (await Open(other)).DisposeAsync();
            await (await Open(place)).DisposeAsync();
            _fuse.Stall();
            using ManualResetEventSlim hasReturned = new();
            Task<UringFile>? open = null;
            Thread caller = new(() =>
            {
                open = UringFile.OpenAsync(place, FileMode.Open, FileAccess.Read).AsTask();
                hasReturned.Set();
            });
            caller.Start();

            bool isInTime = hasReturned.Wait(s_atOnce);

            _fuse.Resume();
            caller.Join();
            await (await open!).DisposeAsync();
            isInTime.Should().BeTrue();
        }
        finally
        {
            using var umount = Process.Start("umount", ["--lazy", place]);
            await umount.WaitForExitAsync();
        }
    }

    [Test]
    public async Task Calls_that_hang_on_all_threads_keep_no_transfer_from_running()
    {
        await using UringFile file = await Open(Folder.File("file", new byte[4096]), FileAccess.ReadWrite);
        await Ends(file.WriteAsync(new byte[100], 0));
        await Eventually.Holds(() => LocalDevices.Known.Length > 0, () => "the disk is not known yet");
        await Ends(file.WriteAsync(new byte[100], 0));
        using ManualResetEventSlim gate = new();
        Task[] blockers = Saturate(gate);

        Task<bool> synchronous = Task.Run(async () =>
        {
            await file.WriteAsync(new byte[100], 0).ConfigureAwait(false);
            return file.WriteAsync(new byte[100], 100).AsTask().Wait(Eventually.Deadline);
        });
        bool isWritten = await Eventually.Ends(synchronous);

        gate.Set();
        await Task.WhenAll(blockers);
        isWritten.Should().BeTrue();
    }

    [Test]
    public async Task A_transfer_that_has_not_begun_ends_with_its_file_or_context([Values] bool byContext)
    {
        UringContext context = new();
        UringFile file = await Open(_fuse.One, FileAccess.ReadWrite, context: context);
        using ManualResetEventSlim gate = new();
        Task[] blockers = Saturate(gate);
        Task write = file.WriteAsync(new byte[100], 0).AsTask();
        Task end = byContext ? context.DisposeAsync().AsTask() : file.DisposeAsync().AsTask();

        gate.Set();
        await Task.WhenAll(blockers);

        (await Failure(() => write)).Should().BeOfType<ObjectDisposedException>();
        await Eventually.Ends(end);
        await Ends(file.DisposeAsync());
        await Ends(context.DisposeAsync());
    }

    /// <summary>Keeps every thread of the blocking pool.</summary>
    private static Task[] Saturate(ManualResetEventSlim gate) =>
        [.. Enumerable.Range(0, BlockingPool.MaxThreads + 8).Select(_ => BlockingPool.Shared.RunAsync(Wait, gate, CancellationToken.None).AsTask())];

    private static int Wait(ManualResetEventSlim gate)
    {
        gate.Wait();
        return 0;
    }
}
