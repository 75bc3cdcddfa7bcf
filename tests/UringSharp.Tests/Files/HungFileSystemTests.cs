using System.Diagnostics;
using System.Globalization;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>A file system whose server answers nothing holds up those who wait for it, and nobody else: not the caller, not the pump, not other requests.</summary>
[NonParallelizable]
public sealed class HungFileSystemTests : FileTests
{
    /// <summary>Far longer than anything of this takes, and shorter than forever.</summary>
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(2);

    private FuseFolder _fuse = null!;
    private UringContext _context = null!;

    [SetUp]
    public void Mount()
    {
        _fuse = FuseFolder.Mount();
        _context = new UringContext();
    }

    [TearDown]
    public void Unmount()
    {
        _fuse?.Dispose();
        _context?.Dispose();
    }

    [Test]
    public async Task Neither_the_caller_nor_others_wait_for_reads_that_hang([Values(1, 100)] int count) =>
        await HoldsUpNobody(count, (file, i) => file.ReadAsync(new byte[4096], i * 4096).AsTask());

    [Test]
    public async Task Neither_the_caller_nor_others_wait_for_writes_that_hang([Values(1, 100)] int count) =>
        await HoldsUpNobody(count, (file, i) => file.WriteAsync(new byte[4096], i * 4096).AsTask());

    [Test]
    public async Task Neither_the_caller_nor_others_wait_for_vectors_that_hang([Values(1, 40)] int count) =>
        await HoldsUpNobody(count, (file, i) => i % 2 == 0
            ? file.ReadAsync([new byte[4096], new byte[10]], i * 4096).AsTask()
            : file.WriteAsync([new byte[4096], new byte[10]], i * 4096).AsTask());

    [Test]
    public async Task Neither_the_caller_nor_others_wait_for_flushes_that_hang([Values(1, 100)] int count) =>
        await HoldsUpNobody(count, (file, _) => file.FlushAsync().AsTask());

    [Test]
    public async Task Neither_the_caller_nor_others_wait_for_lengths_that_hang([Values(1, 100)] int count) =>
        await HoldsUpNobody(count, (file, i) => i % 2 == 0 ? file.SetLengthAsync(1000).AsTask() : file.AllocateAsync(FileAllocation.Reserve, 0, 1000).AsTask(), mayFail: true);

    [Test]
    public async Task Neither_the_caller_nor_others_wait_for_opens_that_hang([Values(1, 100)] int count) =>
        await HoldsUpNobody(count, async (_, _) => await (await OpenOne()).DisposeAsync());

    [Test]
    public async Task A_cancelled_open_does_not_wait_for_the_server_and_its_late_descriptor_is_closed()
    {
        await (await OpenOne()).DisposeAsync();
        _fuse.Stall();
        using CancellationTokenSource source = new();
        Task<UringFile>[] opens = [.. Enumerable.Range(0, 20).Select(_ => UringFile.OpenAsync(
            _fuse.One, FileMode.Open, FileAccess.Read, new UringFileOptions { Context = _context }, source.Token).AsTask())];

        await source.CancelAsync();
        foreach (Task<UringFile> open in opens)
        {
            (await Failure(() => open)).Should().BeAssignableTo<OperationCanceledException>();
        }

        _fuse.Resume();
        await OpenDescriptors.AreGone(Path.GetDirectoryName(_fuse.One)!);
    }

    [Test]
    public async Task A_flush_ends_after_the_file_system_has_answered_it_and_not_before()
    {
        await using UringFile file = await OpenOne(FileAccess.ReadWrite);
        await Ends(file.WriteAsync(new byte[100], 0));
        int before = _fuse.CountSyncs();
        _fuse.Stall();

        Task flush = file.FlushAsync().AsTask();
        await Ends(new ValueTask(RoundTripElsewhere()));
        flush.IsCompleted.Should().BeFalse("the file system has not answered");
        _fuse.Resume();
        await Eventually.Ends(flush);

        await flush;
        _fuse.CountSyncs().Should().Be(before + 1);
    }

    [TestCase(5, typeof(IOException))]
    [TestCase(28, typeof(IOException))]
    [TestCase(116, typeof(IOException))]
    public async Task What_the_file_system_reports_reaches_the_caller(int errno, Type expected)
    {
        await using UringFile file = await OpenOne(FileAccess.ReadWrite);
        _fuse.Fail(errno);

        foreach (Func<Task> request in new Func<Task>[] { () => file.FlushAsync().AsTask(), () => file.WriteAsync(new byte[10], 0).AsTask(), () => file.ReadAsync(new byte[10], 0).AsTask() })
        {
            Exception failure = await Failure(request);
            failure.Should().BeOfType(expected);
            failure.HResult.Should().Be(errno);
            failure.Message.Should().Contain(_fuse.One);
        }

        _fuse.Fail(0);
        await Ends(file.FlushAsync());
    }

    private Task<UringFile> OpenOne(FileAccess access = FileAccess.Read) => Open(_fuse.One, access, context: _context);

    /// <summary>Starts requests that hang, and sees that everything else goes on: on the same context, elsewhere, and of every kind.</summary>
    private async Task HoldsUpNobody(int count, Func<UringFile, int, Task> request, bool mayFail = false)
    {
        UringFile file = await OpenOne(FileAccess.ReadWrite);
        await RoundTripElsewhere();
        _fuse.Stall();

        var clock = Stopwatch.StartNew();
        Task[] hanging = [.. Enumerable.Range(0, count).Select(i => request(file, i))];
        TimeSpan call = clock.Elapsed;
        clock.Restart();
        await RoundTripElsewhere();
        TimeSpan first = clock.Elapsed;
        clock.Restart();
        await RoundTripElsewhere();

        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} that hang: calls {call.TotalMilliseconds:0.0} ms, others {first.TotalMilliseconds:0.0} ms, then {clock.Elapsed.TotalMilliseconds:0.0} ms"));
        hanging.Should().NotContain(static task => task.IsCompletedSuccessfully, "the server has answered none");
        call.Should().BeLessThan(s_atOnce);
        first.Should().BeLessThan(s_atOnce);
        clock.Elapsed.Should().BeLessThan(s_atOnce);

        _fuse.Resume();
        foreach (Task task in hanging)
        {
            await Eventually.Ends(task);
            if (!mayFail)
            {
                await task;
            }
        }

        await file.DisposeAsync();
    }

    /// <summary>One of each request, on the disk.</summary>
    private async Task RoundTripElsewhere()
    {
        string path = Folder["elsewhere"];
        await using UringFile file = await Open(path, FileAccess.ReadWrite, FileMode.Create, context: _context);
        await Ends(file.WriteAsync(new byte[8192], 0));
        await Ends(file.WriteAsync([new byte[100], new byte[100]], 0));
        Libc.Evict(path);
        (await Ends(file.ReadAsync(new byte[8192], 0))).Should().Be(8192);
        await Ends(file.FlushAsync());
        await Ends(file.SetLengthAsync(4096));
        (await Ends(file.GetLengthAsync())).Should().Be(4096);
        await Ends(file.AdviseAsync(FileAdvice.DontNeed));
    }
}
