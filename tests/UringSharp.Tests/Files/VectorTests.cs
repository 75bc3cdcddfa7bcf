using System.Buffers;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>Reading into many buffers and writing from them.</summary>
[Category("Faults")]
public sealed class VectorTests : FileTests
{
    [TestCase(0, 100)]
    [TestCase(1, 100)]
    [TestCase(1023, 10)]
    [TestCase(1024, 10)]
    [TestCase(1025, 10)]
    [TestCase(5000, 3)]
    [TestCase(3, 700_000)]
    public async Task Any_number_of_buffers_is_filled_in_order(int count, int each)
    {
        string path = BigFile.Content.Write(Folder["file"], Math.Max(1, count * each));
        await using UringFile file = await Open(path);
        byte[][] buffers = [.. Enumerable.Range(0, count).Select(_ => new byte[each])];

        (await Ends(file.ReadAsync(Writable(buffers), 0))).Should().Be((long)count * each);

        BigFile.Content.ShouldBe([.. buffers.SelectMany(static buffer => buffer)], 0);
    }

    [Test]
    public async Task A_file_that_is_not_cached_is_read_as_well([Values(4, 1500)] int count)
    {
        int each = 3 * 1024 * 1024 / count;
        string path = BigFile.Content.Write(Folder["file"], count * each);
        await using UringFile file = await Open(path);
        Libc.Evict(path);
        byte[][] buffers = [.. Enumerable.Range(0, count).Select(_ => new byte[each])];

        (await Ends(file.ReadAsync(Writable(buffers), 0))).Should().Be((long)count * each);

        BigFile.Content.ShouldBe([.. buffers.SelectMany(static buffer => buffer)], 0);
    }

    [Test]
    public async Task Only_the_end_of_the_file_cuts_a_read_short()
    {
        string path = BigFile.Content.Write(Folder["file"], 1000);
        await using UringFile file = await Open(path);
        byte[][] buffers = [new byte[300], [], new byte[300], new byte[300]];

        (await Ends(file.ReadAsync(Writable(buffers), 250))).Should().Be(750);
        (await Ends(file.ReadAsync(Writable(buffers), 1000))).Should().Be(0);
        (await Ends(file.ReadAsync(Writable(buffers), 2000))).Should().Be(0);

        BigFile.Content.ShouldBe(buffers[0], 250);
        BigFile.Content.ShouldBe(buffers[2], 550);
        BigFile.Content.ShouldBe(buffers[3].AsSpan(0, 150), 850);
    }

    [TestCase(1, 100)]
    [TestCase(1025, 10)]
    [TestCase(5000, 3)]
    [TestCase(3, 700_000)]
    public async Task Any_number_of_buffers_is_written_in_order(int count, int each)
    {
        string path = Folder["file"];
        await using UringFile file = await Open(path, FileAccess.Write, FileMode.CreateNew);
        ReadOnlyMemory<byte>[] buffers = [.. Enumerable.Range(0, count).Select(i => (ReadOnlyMemory<byte>)BigFile.Content.At((long)i * each, each))];

        await Ends(file.WriteAsync(buffers, 0));

        byte[] written = await File.ReadAllBytesAsync(path);
        written.Length.Should().Be(count * each);
        BigFile.Content.ShouldBe(written, 0);
    }

    [Test]
    public async Task Direct_transfers_take_vectors_as_well()
    {
        const int count = 1100;
        string path = Folder["file"];
        using AlignedMemoryPool pool = new();
        using IMemoryOwner<byte> owner = pool.Rent(count * 4096);
        Memory<byte> memory = owner.Memory[..(count * 4096)];
        BigFile.Content.At(0, memory.Length).CopyTo(memory);
        await using UringFile file = await Open(path, FileAccess.ReadWrite, FileMode.CreateNew, direct: true);

        await Ends(file.WriteAsync([.. Enumerable.Range(0, count).Select(i => (ReadOnlyMemory<byte>)memory.Slice(i * 4096, 4096))], 0));
        memory.Span.Clear();
        (await Ends(file.ReadAsync([.. Enumerable.Range(0, count).Select(i => memory.Slice(i * 4096, 4096))], 0))).Should().Be(memory.Length);

        BigFile.Content.ShouldBe(memory.Span, 0);
    }

    [Test]
    public async Task A_vector_with_one_misaligned_buffer_is_refused_before_anything_moves()
    {
        string path = Folder["file"];
        using AlignedMemoryPool pool = new();
        using IMemoryOwner<byte> owner = pool.Rent(8192);
        await using UringFile file = await Open(path, FileAccess.ReadWrite, FileMode.CreateNew, direct: true);

        Exception failure = await Failure(() => file.WriteAsync([owner.Memory[..4096], owner.Memory.Slice(4096, 100)], 0).AsTask());

        failure.Should().BeOfType<ArgumentException>().Which.HResult.Should().Be(22);
        new FileInfo(path).Length.Should().Be(0);
    }

    [Test]
    public async Task Bad_arguments_are_refused()
    {
        await using UringFile file = await Open(BigFile.Path);
        FluentActions.Invoking(() => file.ReadAsync((IReadOnlyList<Memory<byte>>)null!, 0)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => file.WriteAsync((IReadOnlyList<ReadOnlyMemory<byte>>)null!, 0)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => file.ReadAsync([new byte[1]], -1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => file.WriteAsync([new byte[1]], -1)).Should().Throw<ArgumentOutOfRangeException>();
        (await Failure(() => file.WriteAsync([new byte[1]], 0).AsTask())).Should().BeOfType<UnauthorizedAccessException>();
        (await Failure(() => file.ReadAsync([new byte[1]], 0, new CancellationToken(true)).AsTask())).Should().BeAssignableTo<OperationCanceledException>();
        file.Dispose();
        FluentActions.Invoking(() => file.ReadAsync([new byte[1]], 0)).Should().Throw<ObjectDisposedException>();
    }

    [Test]
    public async Task A_memory_manager_that_refuses_to_be_pinned_leaves_the_others_unpinned()
    {
        await using UringFile file = await Open(BigFile.Path);
        using CountedMemory first = new();
        using CountedMemory second = new() { Refuses = true };

        (await Failure(() => file.ReadAsync([first.Memory, second.Memory], 0).AsTask())).Should().BeOfType<InvalidOperationException>();

        first.Pins.Should().Be(0);
    }

    private static Memory<byte>[] Writable(byte[][] buffers) => [.. buffers.Select(static buffer => buffer.AsMemory())];

    private sealed class CountedMemory : MemoryManager<byte>
    {
        private readonly byte[] _array = GC.AllocateArray<byte>(100, pinned: true);

        internal int Pins { get; private set; }

        internal bool Refuses { get; init; }

        public override Span<byte> GetSpan() => _array;

        public override unsafe MemoryHandle Pin(int elementIndex = 0)
        {
            if (Refuses)
            {
                throw new InvalidOperationException("not this one");
            }

            Pins++;

            // SAFETY: the array lies on the pinned heap.
            fixed (byte* pointer = &_array[elementIndex])
            {
                return new MemoryHandle(pointer, pinnable: this);
            }
        }

        public override void Unpin() => Pins--;

        protected override void Dispose(bool disposing)
        {
        }
    }
}
