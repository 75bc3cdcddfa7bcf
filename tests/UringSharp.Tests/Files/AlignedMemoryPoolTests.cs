using System.Buffers;
using System.Runtime.CompilerServices;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>Memory for direct I/O.</summary>
[WithoutSynchronizationContext]
[Category("FaultsSoak")]
public sealed class AlignedMemoryPoolTests
{
    [Test]
    public void Address_and_length_of_every_block_are_aligned([Values(512, 1024, 4096, 65_536, 1 << 20)] int alignment)
    {
        using AlignedMemoryPool pool = new(alignment);
        int[] sizes = [-1, 0, 1, 511, 512, 513, 4095, 4096, 4097, 65_535, 65_536, 65_537, 1_000_000, 1 << 20, (1 << 20) + 1, 5_000_000];
        foreach (int size in sizes)
        {
            using IMemoryOwner<byte> block = pool.Rent(size);

            block.Memory.Length.Should().BeGreaterThanOrEqualTo(Math.Max(size, 1));
            (block.Memory.Length % alignment).Should().Be(0);
            (AddressOf(block) % (nuint)alignment).Should().Be(0);
        }
    }

    [Test]
    public void The_address_stays_when_the_heap_is_compacted()
    {
        using AlignedMemoryPool pool = new();
        using IMemoryOwner<byte> block = pool.Rent();
        nuint before = AddressOf(block);

        for (int i = 0; i < 3; i++)
        {
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        }

        AddressOf(block).Should().Be(before);
    }

    [Test]
    public void A_block_is_writable_to_its_last_byte()
    {
        using AlignedMemoryPool pool = new();
        using IMemoryOwner<byte> block = pool.Rent(5000);

        block.Memory.Span.Fill(7);

        block.Memory.Span.IndexOfAnyExcept((byte)7).Should().Be(-1);
    }

    [TestCase(0)]
    [TestCase(-4096)]
    [TestCase(256)]
    [TestCase(513)]
    [TestCase(5000)]
    [TestCase(2 << 20)]
    [TestCase(int.MinValue)]
    public void An_alignment_out_of_range_is_an_ArgumentOutOfRangeException(int alignment) =>
        Assert.That(() => new AlignedMemoryPool(alignment), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("alignment"));

    [TestCase(-2)]
    [TestCase(int.MinValue)]
    [TestCase((1 << 30) + 1)]
    [TestCase(int.MaxValue)]
    public void A_size_out_of_range_is_an_ArgumentOutOfRangeException(int size)
    {
        using AlignedMemoryPool pool = new();

        Assert.That(() => pool.Rent(size), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("minBufferSize"));
    }

    [Test]
    public void The_default_is_4096_bytes()
    {
        using AlignedMemoryPool pool = new();
        using IMemoryOwner<byte> block = pool.Rent();

        pool.Alignment.Should().Be(4096);
        block.Memory.Length.Should().Be(4096);
        pool.MaxBufferSize.Should().Be(1 << 30);
    }

    [Test]
    public void A_returned_block_is_used_again()
    {
        using AlignedMemoryPool pool = new();
        IMemoryOwner<byte> first = pool.Rent(10_000);
        nuint address = AddressOf(first);
        first.Dispose();

        using IMemoryOwner<byte> second = pool.Rent(10_000);

        AddressOf(second).Should().Be(address);
    }

    [Test]
    public void Renting_and_returning_allocates_no_new_memory_for_the_content()
    {
        using AlignedMemoryPool pool = new();
        pool.Rent(1 << 20).Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 100; i++)
        {
            pool.Rent(1 << 20).Dispose();
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(100 * 200);
    }

    [Test]
    public void Blocks_rented_at_the_same_time_do_not_overlap()
    {
        using AlignedMemoryPool pool = new();
        List<IMemoryOwner<byte>> blocks = [.. Enumerable.Range(0, 200).Select(i => pool.Rent(1 + (i * 97)))];
        for (int i = 0; i < blocks.Count; i++)
        {
            blocks[i].Memory.Span.Fill((byte)i);
        }

        for (int i = 0; i < blocks.Count; i++)
        {
            blocks[i].Memory.Span.IndexOfAnyExcept((byte)i).Should().Be(-1);
            blocks[i].Dispose();
        }
    }

    [Test]
    public void A_block_returned_while_pinned_is_not_used_again_until_it_is_unpinned()
    {
        using AlignedMemoryPool pool = new();
        IMemoryOwner<byte> first = pool.Rent();
        nuint address = AddressOf(first);
        MemoryHandle pin = first.Memory.Pin();
        MemoryHandle secondPin = first.Memory.Pin();

        first.Dispose();
        using IMemoryOwner<byte> meanwhile = pool.Rent();
        pin.Dispose();
        using IMemoryOwner<byte> stillPinned = pool.Rent();
        secondPin.Dispose();
        using IMemoryOwner<byte> afterwards = pool.Rent();

        AddressOf(meanwhile).Should().NotBe(address);
        AddressOf(stillPinned).Should().NotBe(address);
        AddressOf(afterwards).Should().Be(address);
    }

    [Test]
    public void A_block_returned_twice_is_kept_once()
    {
        using AlignedMemoryPool pool = new();
        IMemoryOwner<byte> first = pool.Rent();

        first.Dispose();
        first.Dispose();

        using IMemoryOwner<byte> second = pool.Rent();
        using IMemoryOwner<byte> third = pool.Rent();
        AddressOf(second).Should().NotBe(AddressOf(third));
    }

    [Test]
    public void Memory_used_after_its_return_is_refused_and_never_given_to_two_owners()
    {
        using AlignedMemoryPool pool = new();
        IMemoryOwner<byte> first = pool.Rent();
        Memory<byte> stale = first.Memory;
        first.Dispose();

        Assert.That(() => stale.Pin(), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => stale.Pin(), Throws.InstanceOf<ObjectDisposedException>());

        using IMemoryOwner<byte> second = pool.Rent();
        using IMemoryOwner<byte> third = pool.Rent();
        AddressOf(second).Should().NotBe(AddressOf(third), "each block has one owner");
    }

    [Test]
    public void The_memory_of_a_returned_block_is_refused()
    {
        using AlignedMemoryPool pool = new();
        IMemoryOwner<byte> block = pool.Rent();
        Memory<byte> stale = block.Memory;
        block.Dispose();

        Assert.That(() => block.Memory, Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => stale.Span.Length, Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void A_disposed_pool_rents_no_more()
    {
        AlignedMemoryPool pool = new();
        pool.Dispose();
        pool.Dispose();

        Assert.That(() => pool.Rent(), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void A_block_outlives_its_pool()
    {
        AlignedMemoryPool pool = new();
        IMemoryOwner<byte> block = pool.Rent(10_000);

        pool.Dispose();
        block.Memory.Span.Fill(9);

        block.Memory.Span.IndexOfAnyExcept((byte)9).Should().Be(-1);
        block.Dispose();
    }

    [Test]
    public void What_is_returned_to_a_disposed_pool_is_not_kept()
    {
        AlignedMemoryPool pool = new();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        RentAndReturnAfterDisposal(pool);

        long after = GC.GetTotalMemory(forceFullCollection: true);

        GC.KeepAlive(pool);
        (after - before).Should().BeLessThan(8 << 20, "32 MiB were returned");

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void RentAndReturnAfterDisposal(AlignedMemoryPool pool)
        {
            IMemoryOwner<byte>[] blocks = [.. Enumerable.Range(0, 32).Select(_ => pool.Rent(1 << 20))];
            pool.Dispose();
            Array.ForEach(blocks, block => block.Dispose());
        }
    }

    [Test]
    public async Task Many_threads_never_share_a_block()
    {
        using AlignedMemoryPool pool = new();
        await Eventually.Ends(Task.WhenAll(Enumerable.Range(1, 8).Select(worker => Task.Run(() => Work(worker)))));

        void Work(int worker)
        {
            Random random = new(worker);
            for (int i = 0; i < 3000; i++)
            {
                IMemoryOwner<byte> block = pool.Rent(1 + random.Next(20_000));
                Memory<byte> memory = block.Memory;
                memory.Span.Fill((byte)worker);
                if (random.Next(2) == 0)
                {
                    MemoryHandle pin = memory.Pin();
                    block.Dispose();
                    ShouldBeFilled(pin, memory.Length, (byte)worker);
                    pin.Dispose();
                }
                else
                {
                    memory.Span.IndexOfAnyExcept((byte)worker).Should().Be(-1);
                    block.Dispose();
                }
            }
        }

        static unsafe void ShouldBeFilled(MemoryHandle pin, int length, byte value) =>
            new Span<byte>(pin.Pointer, length).IndexOfAnyExcept(value).Should().Be(-1);
    }

    [Test]
    public async Task A_block_returned_during_a_direct_read_is_nobodys_until_the_read_has_ended()
    {
        const int size = 64 << 10;
        const byte mark = 0x5A;
        using AlignedMemoryPool pool = new();
        await using UringFile file = await UringFile.OpenAsync(BigFile.Cold(), FileMode.Open, FileAccess.Read, new UringFileOptions { Direct = true });
        Task<int>[] reads = [.. Enumerable.Range(0, 200).Select(i =>
        {
            using IMemoryOwner<byte> owner = pool.Rent(size);
            return file.ReadAsync(owner.Memory, i * 4096L * 64).AsTask();
        })];
        List<IMemoryOwner<byte>> marked = [];
        while (!Task.WhenAll(reads).IsCompleted && marked.Count < 2000)
        {
            IMemoryOwner<byte> block = pool.Rent(size);
            block.Memory.Span.Fill(mark);
            marked.Add(block);
        }

        (await Eventually.Ends(Task.WhenAll(reads))).Should().AllBeEquivalentTo(size);

        marked.Should().NotBeEmpty();
        foreach (IMemoryOwner<byte> block in marked)
        {
            block.Memory.Span.IndexOfAnyExcept(mark).Should().Be(-1);
            block.Dispose();
        }
    }

    private static unsafe nuint AddressOf(IMemoryOwner<byte> block)
    {
        using MemoryHandle pin = block.Memory.Pin();
        return (nuint)pin.Pointer;
    }
}
