using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>Memory that is not an array: Law 3, and the rule that the caller's code never runs on the leader's thread.</summary>
[Category("FaultsSoak")]
public sealed class CustomMemoryTests : PipeFixture
{
    private UringPipeStream _stream = null!;
    private string _path = string.Empty;

    [SetUp]
    public async Task Open_a_pipe() => (_stream, _path) = await OpenNewAsync();

    [Test]
    [Category("NotWithFaults")] // Expects whole reads of a pipe.
    public async Task Native_memory_is_read_into()
    {
        using TestMemory memory = new(16);
        Task<int> read = _stream.ReadAsync(memory.Memory).AsTask();
        await Pends();
        memory.Pins.Should().Be(1, "its address is used when the data comes");

        FifoWriter.Visit(_path, [1, 2, 3]);

        (await Eventually.Ends(read)).Should().Be(3);
        memory.Memory[..3].ToArray().Should().Equal(1, 2, 3);
        memory.Pins.Should().Be(0);
    }

    [Test]
    [Category("NotWithFaults")] // Expects whole reads of a pipe.
    public async Task Native_memory_is_read_into_when_the_answer_is_there_at_once()
    {
        using TestMemory memory = new(2);
        FifoWriter.Visit(_path, [1, 2, 3]);

        (await Eventually.Ends(_stream.ReadAsync(memory.Memory).AsTask())).Should().Be(2);
        (await Eventually.Ends(_stream.ReadAsync(memory.Memory).AsTask())).Should().Be(1);

        memory.Memory.ToArray().Should().Equal(3, 2);
        memory.Pins.Should().Be(0);
    }

    [Test]
    [Category("NotWithFaults")] // Expects whole reads of a pipe.
    public async Task A_part_of_native_memory_is_read_into_there_alone()
    {
        using TestMemory memory = new(5);
        memory.GetSpan().Fill(9);
        Task<int> read = _stream.ReadAsync(memory.Memory.Slice(1, 3)).AsTask();
        await Pends();

        FifoWriter.Visit(_path, [1, 2, 3, 4]);

        (await Eventually.Ends(read)).Should().Be(3);
        memory.Memory.ToArray().Should().Equal(9, 1, 2, 3, 9);
    }

    [Test]
    public async Task The_pin_is_released_when_the_read_is_cancelled()
    {
        using TestMemory memory = new(16);
        for (int i = 0; i < 200; i++)
        {
            using CancellationTokenSource source = new();
            Task<int> read = _stream.ReadAsync(memory.Memory, source.Token).AsTask();
            source.Cancel();
            await FluentActions.Awaiting(() => Eventually.Ends(read)).Should().ThrowAsync<OperationCanceledException>();
            memory.Pins.Should().Be(0);
        }
    }

    [Test]
    public async Task The_pin_is_released_when_the_stream_is_disposed()
    {
        using TestMemory memory = new(16);
        Task<int>[] reads = [.. Enumerable.Range(0, 10).Select(_ => _stream.ReadAsync(memory.Memory).AsTask())];
        await Pends();
        memory.Pins.Should().Be(10);

        await _stream.DisposeAsync();

        await Eventually.Ends(Task.WhenAll(reads).ContinueWith(_ => { }, TaskScheduler.Default));
        memory.Pins.Should().Be(0);
    }

    [Test]
    public async Task The_pin_is_released_when_the_context_is_disposed()
    {
        using TestMemory memory = new(16);
        Task<int>[] reads = [.. Enumerable.Range(0, 10).Select(_ => _stream.ReadAsync(memory.Memory).AsTask())];

        await Context.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

        await Eventually.Ends(Task.WhenAll(reads).ContinueWith(_ => { }, TaskScheduler.Default));
        memory.Pins.Should().Be(0);
    }

    [Test]
    public async Task A_pin_that_throws_is_the_callers_and_leaves_the_stream_as_it_was()
    {
        using TestMemory memory = new(16) { OnPin = () => throw new InvalidTimeZoneException("pin") };
        for (int i = 0; i < 200; i++)
        {
            await FluentActions.Awaiting(() => Eventually.Ends(_stream.ReadAsync(memory.Memory).AsTask(), TimeSpan.FromSeconds(5))).Should().ThrowAsync<InvalidTimeZoneException>();
        }

        await TheStreamIsAsGoodAsNew();
    }

    [Test]
    public async Task A_span_that_throws_is_the_callers_and_leaves_the_stream_as_it_was()
    {
        using TestMemory memory = new(16) { OnGetSpan = () => throw new InvalidTimeZoneException("span") };
        for (int i = 0; i < 200; i++)
        {
            await FluentActions.Awaiting(() => Eventually.Ends(_stream.ReadAsync(memory.Memory).AsTask(), TimeSpan.FromSeconds(5))).Should().ThrowAsync<InvalidTimeZoneException>();
        }

        await TheStreamIsAsGoodAsNew();
    }

    [Test]
    public async Task A_span_that_throws_in_line_hinders_no_other_read()
    {
        using TestMemory memory = new(16) { OnGetSpan = () => throw new InvalidTimeZoneException("span") };
        byte[] first = new byte[1];
        byte[] third = new byte[1];
        Task<int> read1 = _stream.ReadAsync(first).AsTask();
        Task<int> read2;
        try
        {
            read2 = _stream.ReadAsync(memory.Memory).AsTask();
        }
        catch (InvalidTimeZoneException e)
        {
            read2 = Task.FromException<int>(e);
        }

        Task<int> read3 = _stream.ReadAsync(third).AsTask();
        await Pends();
        FifoWriter.Visit(_path, [1, 2, 3]);

        (await Eventually.Ends(read1)).Should().Be(1);
        try
        {
            // Memory that could be pinned needs no span: then it has a byte.
            (await Eventually.Ends(read2)).Should().Be(2);
        }
        catch (InvalidTimeZoneException)
        {
            (await Eventually.Ends(read3)).Should().Be(1);
            third[0].Should().Be(2);
        }

        await Eventually.Ends(read3);
    }

    [Test]
    public async Task Code_of_the_memory_runs_inside_the_callers_own_call_alone()
    {
        // A span that blocks, or throws, must not hit the thread that serves everybody.
        int caller = 0;
        List<string> elsewhere = [];
        using TestMemory memory = new(16) { OnGetSpan = Note, OnPin = Note };
        using ArrayBackedMemory arrayBacked = new(16) { OnGetSpan = Note, OnPin = Note };
        foreach (Memory<byte> buffer in (Memory<byte>[])[memory.Memory, arrayBacked.Memory, memory.Memory, arrayBacked.Memory])
        {
            using FifoWriter writer = new(_path);
            Volatile.Write(ref caller, Environment.CurrentManagedThreadId);
            Task<int> read = _stream.ReadAsync(buffer).AsTask();
            Task<int> second = _stream.ReadAsync(buffer).AsTask();
            Volatile.Write(ref caller, 0);
            await Pends();
            writer.Write([1]);
            (await Eventually.Ends(read)).Should().Be(1);
            writer.Write([2]);
            (await Eventually.Ends(second)).Should().Be(1);
        }

        elsewhere.Should().BeEmpty();

        void Note()
        {
            if (Volatile.Read(ref caller) != Environment.CurrentManagedThreadId
                && new StackTrace().ToString().Split('\n').FirstOrDefault(frame => frame.Contains("UringSharp.Engine", StringComparison.Ordinal)) is { } engine)
            {
                lock (elsewhere)
                {
                    elsewhere.Add(engine);
                }
            }
        }
    }

    [Test]
    public async Task Memory_backed_by_an_array_is_read_into()
    {
        using ArrayBackedMemory memory = new(8);
        Task<int> read = _stream.ReadAsync(memory.Memory).AsTask();
        await Pends();

        FifoWriter.Visit(_path, [1, 2, 3]);

        (await Eventually.Ends(read)).Should().Be(3);
        memory.Memory[..3].ToArray().Should().Equal(1, 2, 3);
    }

    [Test]
    public async Task An_array_is_not_pinned_while_the_read_waits()
    {
        // A pinned one could not move; ten thousand of them would fragment the heap.
        byte[] buffer = new byte[64];
        Task<int> read = _stream.ReadAsync(buffer).AsTask();
        await Pends();
        for (int i = 0; i < 3; i++)
        {
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        }

        GC.GetGCMemoryInfo(GCKind.FullBlocking).PinnedObjectsCount.Should().BeLessThan(1_000);
        FifoWriter.Visit(_path, [1]);
        (await Eventually.Ends(read)).Should().Be(1);
        buffer[0].Should().Be(1);
    }

    [Test]
    public async Task Memory_of_the_aligned_pool_is_read_into()
    {
        using AlignedMemoryPool pool = new();
        using IMemoryOwner<byte> owner = pool.Rent(4096);
        Task<int> read = _stream.ReadAsync(owner.Memory).AsTask();
        await Pends();

        FifoWriter.Visit(_path, [1, 2]);

        (await Eventually.Ends(read)).Should().Be(2);
        owner.Memory[..2].ToArray().Should().Equal(1, 2);
    }

    private async Task TheStreamIsAsGoodAsNew()
    {
        byte[] buffer = new byte[4];
        Task<int> first = _stream.ReadAsync(buffer.AsMemory(0, 1)).AsTask();
        Task<int> second = _stream.ReadAsync(buffer.AsMemory(1, 1)).AsTask();
        await Pends();
        FifoWriter.Visit(_path, [1, 2]);
        (await Eventually.Ends(first)).Should().Be(1);
        (await Eventually.Ends(second)).Should().Be(1);
        buffer.Should().Equal(1, 2, 0, 0);
        await _stream.DisposeAsync();
        OpenDescriptors.CountOf(_path).Should().Be(0, "the handle's references were given back");
    }

    private sealed unsafe class TestMemory(int length) : MemoryManager<byte>
    {
        private readonly byte* _pointer = (byte*)NativeMemory.AllocZeroed((nuint)length);
        private int _pins;

        public Action? OnPin { get; init; }

        public Action? OnGetSpan { get; init; }

        public int Pins => Volatile.Read(ref _pins);

        public override Span<byte> GetSpan()
        {
            OnGetSpan?.Invoke();
            return new Span<byte>(_pointer, length);
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            OnPin?.Invoke();
            Interlocked.Increment(ref _pins);
            return new MemoryHandle(_pointer + elementIndex, pinnable: this);
        }

        public override void Unpin() => Interlocked.Decrement(ref _pins);

        protected override void Dispose(bool disposing) => NativeMemory.Free(_pointer);
    }

    private sealed class ArrayBackedMemory(int length) : MemoryManager<byte>
    {
        private readonly byte[] _array = GC.AllocateArray<byte>(length, pinned: true);

        public Action? OnPin { get; init; }

        public Action? OnGetSpan { get; init; }

        public override Span<byte> GetSpan()
        {
            OnGetSpan?.Invoke();
            return _array;
        }

        public override unsafe MemoryHandle Pin(int elementIndex = 0)
        {
            OnPin?.Invoke();
            return new MemoryHandle((byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_array, elementIndex), pinnable: this);
        }

        public override void Unpin()
        {
        }

        protected override bool TryGetArray(out ArraySegment<byte> segment)
        {
            segment = _array;
            return true;
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
