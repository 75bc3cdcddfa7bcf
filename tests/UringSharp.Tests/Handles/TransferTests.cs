using System.Buffers.Binary;
using System.Diagnostics;
using UringSharp.Tests.Pipes;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Descriptors;

/// <summary>Reading from and writing to whatever a descriptor refers to, under a token.</summary>
[TestFixture(ContinuationMode.Adaptive)]
[TestFixture(ContinuationMode.ThreadPool)]
[Category("Faults")]
public sealed class TransferTests(ContinuationMode mode) : HandleFixture
{
    private readonly byte[] _buffer = new byte[4096];

    protected override ContinuationMode Mode => mode;

    [Test]
    public async Task A_read_of_a_counter_waits_for_it_and_takes_it()
    {
        (int descriptor, UringHandle handle) = NewEvent();
        await using (handle)
        {
            Task<int> read = handle.ReadAsync(_buffer).AsTask();
            await Pends();

            HandleLibc.Raise(descriptor);

            (await Eventually.Ends(read)).Should().Be(8);
            BinaryPrimitives.ReadInt64LittleEndian(_buffer).Should().Be(1);
            HandleLibc.Take(descriptor).Should().Be(0);
        }
    }

    [Test]
    public async Task A_write_raises_a_counter_and_waits_while_it_is_full()
    {
        (int descriptor, UringHandle handle) = NewEvent();
        await using (handle)
        {
            byte[] most = new byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(most, ulong.MaxValue - 1);
            await handle.WriteAsync(most);
            Task write = handle.WriteAsync(most).AsTask();
            await Pends();
            write.IsCompleted.Should().BeFalse();

            HandleLibc.Take(descriptor).Should().Be(-2);

            await Eventually.Ends(write);
            await write;
            HandleLibc.Take(descriptor).Should().Be(-2);
        }
    }

    [Test]
    public async Task A_read_of_a_timer_tells_how_often_it_has_fired()
    {
        await using var handle = UringHandle.FromDescriptor(HandleLibc.Timer(milliseconds: 20), ownsHandle: true, Context);

        (await Eventually.Ends(handle.ReadAsync(_buffer).AsTask())).Should().Be(8);

        BinaryPrimitives.ReadInt64LittleEndian(_buffer).Should().Be(1);
    }

    [Test]
    public async Task A_read_of_inotify_tells_the_name()
    {
        await using var handle = UringHandle.FromDescriptor(HandleLibc.Creations(Folder.FullPath), ownsHandle: true, Context);
        Task<int> read = handle.ReadAsync(_buffer).AsTask();
        await Pends();

        Folder.File("appeared", []);

        int length = await Eventually.Ends(read);
        System.Text.Encoding.UTF8.GetString(_buffer, 0, length).Should().Contain("appeared");
    }

    [Test]
    public async Task A_read_of_a_process_descriptor_is_refused_by_the_kernel()
    {
        // One that lives until it is killed: of one that has ended and was waited for there is no descriptor.
        using var process = Process.Start(new ProcessStartInfo("/bin/sleep", "30"))!;
        await using var handle = UringHandle.FromDescriptor(HandleLibc.OfProcess(process.Id), ownsHandle: true, Context);

        Task<int> read = handle.ReadAsync(_buffer).AsTask();

        // It is ready to be read when the process has ended.
        process.Kill();
        (await EndsWith<IOException>(read)).HResult.Should().Be(22);
        await process.WaitForExitAsync().WaitAsync(Eventually.Deadline);
    }

    [Test]
    [WithoutSynchronizationContext]
    public async Task A_read_takes_a_signal_of_the_rings_thread()
    {
        await using UringContext context = new(new UringOptions { RingCount = 1, Continuations = ContinuationMode.Inline });
        await using var signals = UringHandle.FromDescriptor(HandleLibc.Signals(), ownsHandle: true, context);
        int timer = Own(HandleLibc.Timer(milliseconds: 10, repeats: true));
        await using var turns = UringHandle.FromDescriptor(timer, ownsHandle: false, context);
        do
        {
            HandleLibc.Take(timer);
            await turns.WaitAsync(PollEvents.Read).ConfigureAwait(false);
        }
        while (!IsRingsThread);

        int thread = HandleLibc.ThreadId();
        HandleLibc.BlockSignal(true);
        Task<int> read = signals.ReadAsync(_buffer).AsTask();
        await Task.Run(() => HandleLibc.SignalThread(thread)).ConfigureAwait(false);
        int length = await read.WaitAsync(Eventually.Deadline).ConfigureAwait(false);
        do
        {
            HandleLibc.Take(timer);
            await turns.WaitAsync(PollEvents.Read).ConfigureAwait(false);
        }
        while (!IsRingsThread);

        HandleLibc.BlockSignal(false);

        length.Should().Be(128);
        BinaryPrimitives.ReadInt32LittleEndian(_buffer).Should().Be(HandleLibc.SignalNumber);
    }

    [Test]
    public async Task A_socket_is_read_to_its_end()
    {
        (int one, int other) = NewSockets();
        await using var handle = UringHandle.FromDescriptor(one, ownsHandle: false, Context);
        Task<int> read = handle.ReadAsync(_buffer).AsTask();
        await Pends();
        PipeLibc.Write(other, "hello"u8).Should().Be(5);
        (await Eventually.Ends(read)).Should().Be(5);
        _buffer.AsSpan(0, 5).SequenceEqual("hello"u8).Should().BeTrue();

        HandleLibc.EndWriting(other);

        (await Eventually.Ends(handle.ReadAsync(_buffer).AsTask())).Should().Be(0);
    }

    [Test]
    public async Task A_write_to_a_socket_is_whole_however_little_room_there_is()
    {
        (int one, int other) = NewSockets();
        await using var handle = UringHandle.FromDescriptor(one, ownsHandle: false, Context);
        byte[] content = new byte[3_000_000];
        new Random(Seed()).NextBytes(content);
        Task write = handle.WriteAsync(content).AsTask();
        byte[] seen = new byte[content.Length];
        int count = 0;
        await OnAThreadOfItsOwn(() =>
        {
            while (count < seen.Length)
            {
                int read = PipeLibc.Read(other, seen.AsSpan(count));
                if (read == -PipeLibc.Again)
                {
                    Thread.Yield();
                    continue;
                }

                count += PipeLibc.Must(read);
            }
        });
        await Eventually.Ends(write);
        await write;

        seen.AsSpan().SequenceEqual(content).Should().BeTrue();
    }

    [Test]
    public async Task A_descriptor_in_blocking_mode_holds_up_nobody_and_keeps_its_mode()
    {
        (int reading, int writing) = PipeLibc.Pipe();
        Own(reading);
        Own(writing);
        await using var handle = UringHandle.FromDescriptor(reading, ownsHandle: false, Context);
        Task<int>[] reads = [.. Enumerable.Range(0, 3).Select(_ => handle.ReadAsync(new byte[1]).AsTask())];

        // The ring serves others meanwhile.
        await Turn();
        reads.Should().NotContain(read => read.IsCompleted);

        // Somebody else is quicker, again and again: a read that has been woken must not block.
        for (int i = 0; i < 50; i++)
        {
            PipeLibc.Write(writing, "x"u8).Should().Be(1);
            await Turn();
        }

        (await Eventually.Ends(Task.WhenAll(reads))).Should().AllBeEquivalentTo(1);
        PipeLibc.StatusFlags(reading).Should().Be(PipeLibc.ReadOnly);
    }

    [Test]
    public async Task A_cancelled_read_has_taken_nothing()
    {
        (int descriptor, UringHandle handle) = NewEvent();
        await using (handle)
        {
            Random random = new(Seed());
            BalancedPause pause = new(random);
            SoakTime time = new();
            long read = 0;
            long cancelled = 0;
            long sum = 0;
            long raised = 0;
            byte[] buffer = new byte[8];
            await OnAThreadOfItsOwn(() =>
            {
                while (time.GoesOn(read + cancelled >= 5_000 || (time.Elapsed.TotalSeconds > 1.5 && read + cancelled >= 300)))
                {
                    using CancellationTokenSource source = new();
                    ValueTask<int> transfer = handle.ReadAsync(buffer, source.Token);
                    var raising = Task.Run(() => HandleLibc.Raise(descriptor));
                    raised++;
                    pause.Spend();
                    source.Cancel();
                    bool isRead;
                    try
                    {
                        Answer.Of(transfer).Should().Be(8);
                        sum += BinaryPrimitives.ReadInt64LittleEndian(buffer);
                        read++;
                        isRead = true;
                    }
                    catch (OperationCanceledException e)
                    {
                        e.CancellationToken.Should().Be(source.Token);
                        cancelled++;
                        isRead = false;
                    }

                    pause.Learn(secondWon: !isRead);
                    raising.Wait();
                    sum += HandleLibc.Take(descriptor);
                    sum.Should().Be(raised);
                }
            });
            Report($"{read} read, {cancelled} cancelled in {time.Elapsed.TotalSeconds:0.0} s");
            read.Should().BePositive();
            cancelled.Should().BePositive();
            await Pends(0);
        }
    }

    [Test]
    public async Task A_cancelled_write_to_a_full_socket_ends_at_once()
    {
        (int one, _) = NewSockets();
        await using var handle = UringHandle.FromDescriptor(one, ownsHandle: false, Context);
        using CancellationTokenSource source = new();
        Task write = handle.WriteAsync(new byte[3_000_000], source.Token).AsTask();
        await Pends();

        await source.CancelAsync();

        (await EndsWith<OperationCanceledException>(write)).CancellationToken.Should().Be(source.Token);
        await Pends(0);
    }

    [Test]
    public async Task Disposing_ends_reads_and_writes_that_wait()
    {
        (int one, _) = NewSockets();
        var handle = UringHandle.FromDescriptor(one, ownsHandle: false, Context);
        Task<int> read = handle.ReadAsync(_buffer).AsTask();
        Task write = handle.WriteAsync(new byte[3_000_000]).AsTask();
        await Pends(2);

        handle.Dispose();

        (await EndsWith<ObjectDisposedException>(read)).ObjectName.Should().Be(typeof(UringHandle).FullName);
        await EndsWith<ObjectDisposedException>(write);
        await handle.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
    }
}
