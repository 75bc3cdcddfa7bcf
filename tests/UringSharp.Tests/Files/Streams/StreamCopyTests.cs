using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.Streams;

/// <summary>Copies are whole, and those that fail leave the source where its bytes have arrived.</summary>
[Category("FaultsSoak")]
public sealed class StreamCopyTests : FileTests
{
    private const int Length = 3_000_001;

    private static readonly FileContent s_content = new(11);

    [Test]
    public async Task A_copy_is_the_rest_of_the_file([Values(0, 4096)] int bufferSize, [Values(0, 100)] int start, [Values("FileStream", "UringFileStream", "MemoryStream")] string kind)
    {
        await using UringFileStream source = await OpenSource(bufferSize);
        source.Position = start;
        if (start > 0)
        {
            (await source.ReadAsync(new byte[1])).Should().Be(1);
        }

        await using (Stream destination = kind switch
        {
            "FileStream" => new FileStream(Folder["copy"], FileMode.CreateNew),
            "UringFileStream" => new UringFileStream(Folder["copy"], FileMode.CreateNew),
            _ => new MemoryStream(),
        })
        {
            await Eventually.Ends(source.CopyToAsync(destination));
            source.Position.Should().Be(Length);
            if (destination is MemoryStream memory)
            {
                s_content.ShouldBe(memory.GetBuffer().AsSpan(0, (int)memory.Length), start > 0 ? start + 1 : 0);
                return;
            }
        }

        s_content.ShouldBe(await File.ReadAllBytesAsync(Folder["copy"]), start > 0 ? start + 1 : 0);
    }

    [Test]
    public async Task A_destination_that_fails_leaves_the_source_behind_what_it_was_given([Values] bool isLate)
    {
        await using UringFileStream source = await OpenSource(4096);
        using FailingStream destination = new(isLate);

        (await Failure(() => source.CopyToAsync(destination))).Should().BeOfType<InvalidTimeZoneException>();

        source.Position.Should().Be(destination.Given);
        byte[] read = new byte[1000];
        (await source.ReadAsync(read)).Should().Be(1000);
        s_content.ShouldBe(read, destination.Given);
    }

    [Test]
    public async Task A_copy_can_be_cancelled([Values] bool atOnce)
    {
        await using UringFileStream source = await OpenSource(4096);
        using CancellationTokenSource cancellation = new();
        using FailingStream destination = new(isLate: false) { OnThird = cancellation.Cancel };
        if (atOnce)
        {
            await cancellation.CancelAsync();
        }

        Exception failure = await Failure(() => source.CopyToAsync(destination, cancellation.Token));

        failure.Should().BeAssignableTo<OperationCanceledException>().Which.As<OperationCanceledException>().CancellationToken.Should().Be(cancellation.Token);
        source.Position.Should().Be(destination.Given);
    }

    [Test]
    public async Task A_copy_checks_its_arguments_as_FileStream_does()
    {
        UringFileStream source = await OpenSource(4096);
        source.Awaiting(it => it.CopyToAsync(null!)).Should().ThrowAsync<ArgumentNullException>().WithParameterName("destination").GetAwaiter().GetResult();
        source.Awaiting(it => it.CopyToAsync(Stream.Null, 0)).Should().ThrowAsync<ArgumentOutOfRangeException>().WithParameterName("bufferSize").GetAwaiter().GetResult();
        source.Awaiting(it => it.CopyToAsync(new MemoryStream(new byte[1], writable: false))).Should().ThrowAsync<NotSupportedException>().GetAwaiter().GetResult();
        await source.DisposeAsync();
        source.Awaiting(it => it.CopyToAsync(Stream.Null)).Should().ThrowAsync<ObjectDisposedException>().GetAwaiter().GetResult();
        await using UringFileStream writer = new(Folder["written"], FileMode.Create, FileAccess.Write);
        writer.Awaiting(it => it.CopyToAsync(Stream.Null)).Should().ThrowAsync<NotSupportedException>().GetAwaiter().GetResult();
    }

    private async Task<UringFileStream> OpenSource(int bufferSize) =>
        await Ends(UringFileStream.OpenAsync(s_content.Write(Folder["source"], Length), new FileStreamOptions { BufferSize = bufferSize }));

    /// <summary>Takes two chunks and refuses the third, at once or later.</summary>
    private sealed class FailingStream(bool isLate) : MemoryStream
    {
        private int _chunks;

        public long Given { get; private set; }

        public Action? OnThird { get; init; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Given += buffer.Length;
            _chunks++;
            if (_chunks < 3)
            {
                return isLate ? new ValueTask(Task.Run(async () => await Task.Yield(), cancellationToken)) : default;
            }

            OnThird?.Invoke();
            return OnThird is not null ? ValueTask.FromCanceled(cancellationToken)
                : isLate ? new ValueTask(Task.Run(new Func<Task>(static async () =>
                {
                    await Task.Yield();
                    throw new InvalidTimeZoneException();
                }), CancellationToken.None))
                : throw new InvalidTimeZoneException();
        }
    }
}
