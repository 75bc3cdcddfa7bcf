using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.Streams;

/// <summary>Flushing to the disk is an fsync, and nothing else is.</summary>
public sealed class StreamFlushTests : FileTests
{
    [Test]
    public async Task Flushing_to_the_disk_asks_the_file_system_once_after_everything_is_written([Values(0, 4096)] int bufferSize, [Values] bool isAsync)
    {
        using var fuse = FuseFolder.Mount();
        FileStreamOptions options = new() { Mode = FileMode.Open, Access = FileAccess.Write, BufferSize = bufferSize };
        await using UringFileStream stream = await Ends(UringFileStream.OpenAsync(fuse.One, options));
        await stream.WriteAsync(new byte[100]);

        await stream.FlushAsync();
        fuse.CountSyncs().Should().Be(0, "no disk was asked for");

        await (isAsync ? stream.FlushAsync(flushToDisk: true).AsTask() : Task.Run(() => stream.Flush(flushToDisk: true)));
        fuse.CountSyncs().Should().Be(1);

        fuse.Fail(5);
        Exception failure = await Failure(() => isAsync ? stream.FlushAsync(flushToDisk: true).AsTask() : Task.Run(() => stream.Flush(flushToDisk: true)));
        failure.Should().BeOfType<IOException>().Which.HResult.Should().Be(5);
        failure.Message.Should().Contain(fuse.One);
        fuse.Fail(0);
    }

    [Test]
    public async Task A_stream_that_cannot_be_written_has_nothing_to_flush_to_the_disk()
    {
        await using UringContext context = new();
        await using UringFileStream stream = await Ends(UringFileStream.OpenAsync(Folder.File("file", "content"u8), new FileStreamOptions(), context));
        long before = context.GetStatistics().Submissions;

        await stream.FlushAsync(flushToDisk: true);
        stream.Flush(flushToDisk: true);

        context.GetStatistics().Submissions.Should().Be(before);
    }

    [Test]
    public async Task A_cancelled_flush_leaves_what_is_gathered()
    {
        await using UringFileStream stream = new(Folder["file"], FileMode.Create);
        await stream.WriteAsync(new byte[100]);

        await stream.Awaiting(it => it.FlushAsync(new CancellationToken(canceled: true))).Should().ThrowAsync<OperationCanceledException>();

        new FileInfo(Folder["file"]).Length.Should().Be(0);
        await stream.FlushAsync();
        new FileInfo(Folder["file"]).Length.Should().Be(100);
    }

    [Test]
    public async Task A_stream_of_a_disposed_context_can_still_be_disposed_and_loses_nothing()
    {
        UringContext context = new();
        UringFileStream stream = await Ends(UringFileStream.OpenAsync(Folder["file"], new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write }, context));
        await stream.WriteAsync(new byte[100]);
        await context.DisposeAsync();

        await stream.DisposeAsync();

        new FileInfo(Folder["file"]).Length.Should().Be(100);
    }

    [Test]
    public async Task A_stream_whose_handle_somebody_closed_is_closed_as_a_FileStream_is([Values] bool isAsync)
    {
        List<string> outcomes = [];
        foreach ((_, Func<string, FileStreamOptions, Stream> open) in StreamOpenOutcome.Ways)
        {
            Stream stream = open(Folder["file"], new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write });
            Microsoft.Win32.SafeHandles.SafeFileHandle handle = stream is FileStream file ? file.SafeFileHandle : ((UringFileStream)stream).SafeFileHandle;
            await stream.WriteAsync(new byte[100]);
            handle.Dispose();
            string outcome = $"{stream.CanWrite} {stream.CanSeek} {await OutcomeOf(() => stream.WriteAsync(new byte[1]).AsTask())} {await OutcomeOf(() => stream.FlushAsync())}";
            outcome += await OutcomeOf(() =>
            {
                if (!isAsync)
                {
                    stream.Dispose();
                }

                return isAsync ? stream.DisposeAsync().AsTask() : Task.CompletedTask;
            });
            outcomes.Add(outcome);
        }

        outcomes.Should().AllBe(outcomes[0]);

        static async Task<string> OutcomeOf(Func<Task> action)
        {
            try
            {
                await action();
                return "ok";
            }
            catch (Exception e)
            {
                return e.GetType().Name;
            }
        }
    }
}
