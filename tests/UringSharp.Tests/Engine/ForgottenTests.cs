using System.Diagnostics.Tracing;
using System.IO.Pipelines;
using UringSharp.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>What nobody disposes of: the collector closes it, unless somebody awaits something of it.</summary>
[NonParallelizable]
[WithoutSynchronizationContext]
public sealed class ForgottenTests
{
    private const int Count = 100;

    private int _patience;
    private TempFolder _folder = null!;
    private string _fifo = null!;
    private UringContext _context = null!;
    private Warnings _warnings = null!;

    [SetUp]
    public void SetUp()
    {
        _patience = PipeHandle.ForgottenAfter;
        PipeHandle.ForgottenAfter = 100;
        _folder = new TempFolder();
        _fifo = _folder.Fifo();
        _context = new UringContext();
        _warnings = new Warnings();
    }

    [TearDown]
    public async Task TearDown()
    {
        _warnings.Dispose();
        await _context.DisposeAsync();
        _folder.Dispose();
        PipeHandle.ForgottenAfter = _patience;
    }

    [Test]
    public async Task Idle_streams_and_handles_are_closed_and_told_of()
    {
        await ForgetAsync();

        await IsClosed();
        _warnings.Count(nameof(UringPipeStream)).Should().Be(Count);
        _warnings.Count(nameof(UringHandle)).Should().Be(Count);

        async Task ForgetAsync()
        {
            for (int i = 0; i < Count; i++)
            {
                _ = await OpenReaderAsync();
                _ = OpenHandle();
            }
        }
    }

    [Test]
    public async Task Operations_that_nobody_awaits_are_cancelled_and_what_they_are_of_is_closed()
    {
        await ForgetAsync();

        await IsClosed();
        await Eventually.Holds(() => _context.GetStatistics().InFlight == 0, () => $"{_context.GetStatistics()}");
        _warnings.Count(nameof(UringPipeStream)).Should().Be(Count);
        _warnings.Count(nameof(UringHandle)).Should().Be(Count);

        async Task ForgetAsync()
        {
            for (int i = 0; i < Count; i++)
            {
                UringPipeStream reader = await OpenReaderAsync();
                UringHandle handle = OpenHandle();
#pragma warning disable CA2012 // That is what this is about.
                _ = reader.ReadAsync(new byte[1]);
                _ = reader.ReadAsync(new byte[1]);
                _ = handle.WaitAsync(PollEvents.Priority);
#pragma warning restore CA2012
            }
        }
    }

    [Test]
    public async Task A_read_that_is_awaited_later_is_left_alone_for_a_while()
    {
        PipeHandle.ForgottenAfter = _patience;
        ValueTask<int> read = await BeginAsync();
        await using (UringPipeStream writer = await OpenWriterAsync())
        {
            for (int i = 0; i < 10; i++)
            {
                Collect();
            }

            await writer.WriteAsync(new byte[1]);
            (await read).Should().Be(1);
        }

        await IsClosed();

        async Task<ValueTask<int>> BeginAsync() => (await OpenReaderAsync()).ReadAsync(new byte[1]);
    }

    [Test]
    public async Task A_read_that_somebody_awaits_keeps_its_stream_however_often_it_is_collected()
    {
        Task<int> read = ReadOneAsync();
        await using (UringPipeStream writer = await OpenWriterAsync())
        {
            await Eventually.Holds(() => _context.GetStatistics().InFlight == 1, () => $"{_context.GetStatistics()}");
            for (int i = 0; i < 10; i++)
            {
                Collect();
                read.IsCompleted.Should().BeFalse();
            }

            await writer.WriteAsync(new byte[] { 7 });
            (await Eventually.Ends(read)).Should().Be(8);
        }

        await IsClosed();
        _warnings.Count(nameof(UringPipeStream)).Should().Be(1);

        async Task<int> ReadOneAsync()
        {
            byte[] buffer = new byte[1];
            return await (await OpenReaderAsync()).ReadAsync(buffer) + buffer[0];
        }
    }

    [Test]
    public async Task A_reader_keeps_its_stream_and_is_closed_with_it()
    {
        await ReceiveAsync();

        await IsClosed();
        _warnings.Count(nameof(UringPipeStream)).Should().Be(1);

        async Task ReceiveAsync()
        {
            PipeReader reader = await OpenPipeReaderAsync();
            await using UringPipeStream writer = await OpenWriterAsync();
            for (int i = 0; i < 5; i++)
            {
                await writer.WriteAsync(new byte[] { 1, 2, 3 });
                ReadResult result = await reader.ReadAtLeastAsync(3);
                reader.AdvanceTo(result.Buffer.End);
                Collect();
                Collect();
            }

            reader.TryRead(out _).Should().BeFalse();
        }

        async Task<PipeReader> OpenPipeReaderAsync() => (await OpenReaderAsync()).AsPipeReader();
    }

    [Test]
    public async Task A_watch_that_is_enumerated_keeps_its_handle()
    {
        await WatchAsync();

        await IsClosed();
        _warnings.Count(nameof(UringHandle)).Should().Be(1);

        async Task WatchAsync()
        {
            IAsyncEnumerator<PollEvents> watch = Watch();
            ValueTask<bool> next = watch.MoveNextAsync();
            for (int i = 0; i < 5; i++)
            {
                Collect();
            }

            await using UringPipeStream writer = await OpenWriterAsync();
            await writer.WriteAsync(new byte[1]);
            (await Eventually.Ends(next.AsTask())).Should().BeTrue();
            watch.Current.Should().Be(PollEvents.Read);
            await watch.DisposeAsync();
        }

        IAsyncEnumerator<PollEvents> Watch() => OpenHandle().WatchAsync(PollEvents.Read).GetAsyncEnumerator();
    }

    private async Task<UringPipeStream> OpenReaderAsync() => await NamedPipe.OpenReadAsync(_fifo, new NamedPipeOptions { Context = _context });

    private async Task<UringPipeStream> OpenWriterAsync() => await NamedPipe.OpenWriteAsync(_fifo, new NamedPipeOptions { Context = _context });

    private UringHandle OpenHandle() => UringHandle.FromHandle(Libc.Open(_fifo, Libc.ReadOnly | Libc.NonBlocking), ownsHandle: true, _context);

    /// <summary>Collects until nothing of the FIFO is open any more.</summary>
    private Task IsClosed() => Eventually.Holds(
        () =>
        {
            Collect();
            return OpenDescriptors.Of(_fifo) == 0;
        },
        () => $"{OpenDescriptors.Of(_fifo)} descriptors are open; {_context.GetStatistics()}");

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    /// <summary>Counts the warnings about objects that were collected.</summary>
    private sealed class Warnings : EventListener
    {
        private const int Forgotten = 5;

        private readonly List<string> _types = [];

        internal int Count(string type)
        {
            lock (_types)
            {
                return _types.Count(each => each == type);
            }
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "UringSharp")
            {
                EnableEvents(eventSource, EventLevel.Warning);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventId == Forgotten)
            {
                lock (_types)
                {
                    _types.Add((string)eventData.Payload![0]!);
                }
            }
        }
    }
}
