using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using UringSharp.Tests.Pipes;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Descriptors;

/// <summary>What can be waited for, and what is answered.</summary>
[Category("Faults")]
public sealed class WaitTests : HandleFixture
{
    [Test]
    public async Task An_event_that_is_raised_ends_the_wait()
    {
        (int descriptor, UringHandle handle) = NewEvent();
        await using (handle)
        {
            Task<PollEvents> wait = handle.WaitAsync(PollEvents.Read).AsTask();
            await Pends();

            HandleLibc.Raise(descriptor);

            (await Eventually.Ends(wait)).Should().Be(PollEvents.Read);
            HandleLibc.Take(descriptor).Should().Be(1, "a wait consumes nothing");
        }
    }

    [Test]
    public async Task What_holds_already_is_answered_at_once_and_without_the_ring()
    {
        (int descriptor, UringHandle handle) = NewEvent();
        await using (handle)
        {
            HandleLibc.Raise(descriptor);

            ValueTask<PollEvents> wait = handle.WaitAsync(PollEvents.Read | PollEvents.Write | PollEvents.Priority | PollEvents.ReadHangUp);

            wait.IsCompletedSuccessfully.Should().BeTrue();
            (await wait).Should().Be(PollEvents.Read | PollEvents.Write);
            Context.GetStatistics().Submissions.Should().Be(0);
        }
    }

    [Test]
    public async Task A_timer_that_fires_ends_the_wait()
    {
        int timer = Own(HandleLibc.Timer(milliseconds: 20));
        await using var handle = UringHandle.FromDescriptor(timer, ownsHandle: false, Context);

        (await Eventually.Ends(handle.WaitAsync(PollEvents.Read).AsTask())).Should().Be(PollEvents.Read);

        HandleLibc.Take(timer).Should().Be(1);
    }

    [Test]
    public async Task A_file_that_is_created_ends_the_wait_for_inotify()
    {
        int inotify = Own(HandleLibc.Creations(Folder.FullPath));
        await using var handle = UringHandle.FromDescriptor(inotify, ownsHandle: false, Context);
        Task<PollEvents> wait = handle.WaitAsync(PollEvents.Read).AsTask();
        await Pends();

        Folder.File("new", []);

        (await Eventually.Ends(wait)).Should().Be(PollEvents.Read);
    }

    [Test]
    public async Task A_process_that_ends_ends_the_wait()
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/cat") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await using var handle = UringHandle.FromDescriptor(HandleLibc.OfProcess(process.Id), ownsHandle: true, Context);
        Task<PollEvents> wait = handle.WaitAsync(PollEvents.Read).AsTask();
        await Pends();

        process.StandardInput.Close();

        (await Eventually.Ends(wait)).Should().HaveFlag(PollEvents.Read);
        await process.WaitForExitAsync().WaitAsync(Eventually.Deadline);
    }

    [Test]
    [WithoutSynchronizationContext]
    public async Task A_signal_ends_the_wait()
    {
        await using UringContext context = new(new UringOptions { RingCount = 1, Continuations = ContinuationMode.Inline });
        int descriptor = Own(HandleLibc.Signals());
        await using var signals = UringHandle.FromDescriptor(descriptor, ownsHandle: false, context);
        int timer = Own(HandleLibc.Timer(milliseconds: 10, repeats: true));
        await using var turns = UringHandle.FromDescriptor(timer, ownsHandle: false, context);

        // A signal of one thread is seen by whoever polls from that thread: the ring's.
        do
        {
            HandleLibc.Take(timer);
            await turns.WaitAsync(PollEvents.Read).ConfigureAwait(false);
        }
        while (!IsRingsThread);

        int thread = HandleLibc.ThreadId();
        HandleLibc.BlockSignal(true);
        Task<PollEvents> wait = signals.WaitAsync(PollEvents.Read).AsTask();
        await Task.Run(() => HandleLibc.SignalThread(thread)).ConfigureAwait(false);
        PollEvents answer = await wait.WaitAsync(Eventually.Deadline).ConfigureAwait(false);
        do
        {
            HandleLibc.Take(timer);
            await turns.WaitAsync(PollEvents.Read).ConfigureAwait(false);
        }
        while (!IsRingsThread);

        int read = PipeLibc.Read(descriptor, new byte[128]);
        HandleLibc.BlockSignal(false);

        answer.Should().Be(PollEvents.Read);
        read.Should().Be(128);
    }

    [Test]
    public async Task A_socket_is_ready_for_what_its_peer_does()
    {
        (int one, int other) = NewSockets();
        await using var handle = UringHandle.FromDescriptor(one, ownsHandle: false, Context);
        (await handle.WaitAsync(PollEvents.Read | PollEvents.Write)).Should().Be(PollEvents.Write);
        Task<PollEvents> read = handle.WaitAsync(PollEvents.Read).AsTask();
        await Pends();

        PipeLibc.Write(other, "x"u8).Should().Be(1);

        (await Eventually.Ends(read)).Should().Be(PollEvents.Read);
    }

    [Test]
    public async Task A_socket_that_is_full_is_waited_for_until_there_is_room()
    {
        (int one, int other) = NewSockets();
        await using var handle = UringHandle.FromDescriptor(one, ownsHandle: false, Context);
        Fill(one);
        Task<PollEvents> write = handle.WaitAsync(PollEvents.Write).AsTask();
        await Pends();

        Drain(other);

        (await Eventually.Ends(write)).Should().Be(PollEvents.Write);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task The_close_of_the_peers_writing_half_is_told_to_those_who_ask(bool closedBefore)
    {
        (int one, int other) = NewSockets();
        await using var handle = UringHandle.FromDescriptor(one, ownsHandle: false, Context);
        Task<PollEvents>? wait = null;
        if (!closedBefore)
        {
            wait = handle.WaitAsync(PollEvents.ReadHangUp).AsTask();
            await Pends();
        }

        HandleLibc.EndWriting(other);
        wait ??= handle.WaitAsync(PollEvents.ReadHangUp).AsTask();

        (await Eventually.Ends(wait)).Should().Be(PollEvents.ReadHangUp);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task The_close_of_the_peers_writing_half_is_not_told_to_those_who_do_not_ask(bool closedBefore)
    {
        (int one, int other) = NewSockets();
        await using var handle = UringHandle.FromDescriptor(one, ownsHandle: false, Context);
        Task<PollEvents>? wait = null;
        if (!closedBefore)
        {
            wait = handle.WaitAsync(PollEvents.Read).AsTask();
            await Pends();
        }

        HandleLibc.EndWriting(other);
        wait ??= handle.WaitAsync(PollEvents.Read).AsTask();

        (await Eventually.Ends(wait)).Should().Be(PollEvents.Read, "what is read now is the end");
    }

    [TestCase(true)]
    [TestCase(false)]
    [Category("NotWithFaults")] // Counts what is submitted.
    public async Task A_wait_for_room_outlasts_the_close_of_the_peers_writing_half_and_keeps_nobody_busy(bool closedBefore)
    {
        (int one, int other) = NewSockets();
        await using var handle = UringHandle.FromDescriptor(one, ownsHandle: false, Context);
        Fill(one);
        Task<PollEvents>? write = null;
        if (!closedBefore)
        {
            write = handle.WaitAsync(PollEvents.Write).AsTask();
            await Pends();
        }

        HandleLibc.EndWriting(other);
        write ??= handle.WaitAsync(PollEvents.Write).AsTask();

        // What would be told again and again needs some time to show itself: as much as other waits on the same ring take.
        for (int i = 0; i < 20; i++)
        {
            await Turn();
        }

        write.IsCompleted.Should().BeFalse();
        Context.GetStatistics().Submissions.Should().BeLessThan(30);
        Drain(other);
        (await Eventually.Ends(write)).Should().Be(PollEvents.Write);
        await Pends(0);
    }

    [Test]
    [Category("Uring")] // Counts the polls: the ring's has to be asked for by two.
    [Category("NotWithFaults")] // Counts what is submitted.
    public async Task A_cancelled_wait_for_room_ends_also_where_the_peer_has_closed_its_writing_half()
    {
        (int one, int other) = NewSockets();
        await using var handle = UringHandle.FromDescriptor(one, ownsHandle: false, Context);
        Fill(one);
        HandleLibc.EndWriting(other);
        using CancellationTokenSource source = new();
        Task<PollEvents> write = handle.WaitAsync(PollEvents.Write, source.Token).AsTask();
        await Eventually.Holds(() => Context.GetStatistics().Submissions == 2, () => $"{Context.GetStatistics()}");

        await source.CancelAsync();

        (await EndsWith<OperationCanceledException>(write)).CancellationToken.Should().Be(source.Token);
    }

    [TestCase(false)]
    [TestCase(true)]
    [Category("NotWithFaults")] // Counts what is submitted.
    public async Task Urgent_data_is_priority_data_and_other_data_is_not(bool otherDataBefore)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using Socket sender = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await sender.ConnectAsync(listener.LocalEndpoint);
        using Socket receiver = await listener.AcceptSocketAsync();
        await using var handle = UringHandle.FromHandle(receiver.SafeHandle, ownsHandle: false, Context);
        if (otherDataBefore)
        {
            sender.Send("x"u8).Should().Be(1);
            (await Eventually.Ends(handle.WaitAsync(PollEvents.Read).AsTask())).Should().Be(PollEvents.Read);
        }

        long submissions = Context.GetStatistics().Submissions;
        Task<PollEvents> wait = handle.WaitAsync(PollEvents.Priority).AsTask();
        await using IAsyncEnumerator<PollEvents> watch = handle.WatchAsync(PollEvents.Priority).GetAsyncEnumerator();
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await Pends(2);
        for (int i = 0; i < 20; i++)
        {
            sender.Send("x"u8).Should().Be(1);
            await Turn();
        }

        wait.IsCompleted.Should().BeFalse();
        next.IsCompleted.Should().BeFalse();
        (Context.GetStatistics().Submissions - submissions).Should().BeLessThan(30, "a wait is polled anew once at most");
        sender.Send("!"u8, SocketFlags.OutOfBand).Should().Be(1);

        (await Eventually.Ends(wait)).Should().Be(PollEvents.Priority);
        (await Eventually.Ends(next)).Should().BeTrue();
        watch.Current.Should().Be(PollEvents.Priority);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_pipes_hang_up_and_error_are_told_unasked(bool closedBefore)
    {
        (int reading, int writing) = PipeLibc.Pipe();
        (int lonelyReading, int lonelyWriting) = PipeLibc.Pipe();
        await using var reader = UringHandle.FromDescriptor(reading, ownsHandle: true, Context);
        await using var writer = UringHandle.FromDescriptor(lonelyWriting, ownsHandle: true, Context);
        Task<PollEvents>? hangUp = null;
        Task<PollEvents>? error = null;
        if (!closedBefore)
        {
            hangUp = reader.WaitAsync(PollEvents.Priority).AsTask();
            error = writer.WaitAsync(PollEvents.Priority).AsTask();
            await Pends(2);
        }

        PipeLibc.Close(writing).Should().Be(0);
        PipeLibc.Close(lonelyReading).Should().Be(0);
        hangUp ??= reader.WaitAsync(PollEvents.Priority).AsTask();
        error ??= writer.WaitAsync(PollEvents.Priority).AsTask();

        (await Eventually.Ends(hangUp)).Should().Be(PollEvents.HangUp);
        (await Eventually.Ends(error)).Should().Be(PollEvents.Error);
    }

    [Test]
    public async Task A_file_a_folder_and_a_null_device_are_always_ready()
    {
        foreach (string path in new[] { Folder.File("file", []), Folder.FullPath, "/dev/null" })
        {
            await using var handle = UringHandle.FromDescriptor(PipeLibc.MustOpen(path, PipeLibc.ReadOnly), ownsHandle: true, Context);

            ValueTask<PollEvents> wait = handle.WaitAsync(PollEvents.Read | PollEvents.Write);

            wait.IsCompletedSuccessfully.Should().BeTrue();
            (await wait).Should().Be(PollEvents.Read | PollEvents.Write);
        }
    }

    [Test]
    public async Task What_can_never_happen_to_a_file_is_refused()
    {
        string path = Folder.File("file", []);
        await using var handle = UringHandle.FromDescriptor(PipeLibc.MustOpen(path, PipeLibc.ReadOnly), ownsHandle: true, Context);

        Task<PollEvents> wait = handle.WaitAsync(PollEvents.Priority).AsTask();

        (await EndsWith<IOException>(wait)).HResult.Should().Be(22);
        await using IAsyncEnumerator<PollEvents> watch = handle.WatchAsync(PollEvents.Priority).GetAsyncEnumerator();
        (await EndsWith<IOException>(watch.MoveNextAsync().AsTask())).HResult.Should().Be(22);
    }

    [Test]
    public async Task A_terminal_whose_settings_change_is_waited_for_as_before()
    {
        (int master, string path) = PipeLibc.Terminal();
        Own(master);
        int terminal = Own(PipeLibc.MustOpen(path, PipeLibc.ReadWrite | PipeLibc.NoControllingTerminal));
        await using var handle = UringHandle.FromDescriptor(terminal, ownsHandle: false, Context);
        Task<PollEvents> wait = handle.WaitAsync(PollEvents.Read).AsTask();
        await using IAsyncEnumerator<PollEvents> watch = handle.WatchAsync(PollEvents.Read).GetAsyncEnumerator();
        Task<bool> next = watch.MoveNextAsync().AsTask();
        await Pends(2);

        for (int i = 0; i < 5; i++)
        {
            HandleLibc.TouchTerminal(terminal);
        }

        PipeLibc.Write(master, "x\n"u8).Should().Be(2);

        (await Eventually.Ends(wait)).Should().Be(PollEvents.Read);
        (await Eventually.Ends(next)).Should().BeTrue();
        watch.Current.Should().Be(PollEvents.Read);
    }

    [Test]
    public async Task Any_number_of_waits_at_the_same_time_are_all_answered()
    {
        (int one, int other) = NewSockets();
        await using var handle = UringHandle.FromDescriptor(one, ownsHandle: false, Context);
        Fill(one);
        Task<PollEvents>[] reads = [.. Enumerable.Range(0, 200).Select(_ => handle.WaitAsync(PollEvents.Read).AsTask())];
        Task<PollEvents>[] writes = [.. Enumerable.Range(0, 200).Select(_ => handle.WaitAsync(PollEvents.Write).AsTask())];
        await Pends(400);

        PipeLibc.Write(other, "x"u8).Should().Be(1);
        (await Eventually.Ends(Task.WhenAll(reads))).Should().AllBeEquivalentTo(PollEvents.Read);
        writes.Should().NotContain(write => write.IsCompleted);
        Drain(other);

        (await Eventually.Ends(Task.WhenAll(writes))).Should().AllBeEquivalentTo(PollEvents.Write);
    }

    [Test]
    public async Task A_descriptor_that_cannot_be_used_fails_the_wait()
    {
        const int pathOnly = 0x200000;
        await using var handle = UringHandle.FromDescriptor(PipeLibc.MustOpen(Folder.FullPath, pathOnly), ownsHandle: true, Context);

        (await EndsWith<UnauthorizedAccessException>(handle.WaitAsync(PollEvents.Read).AsTask())).InnerException!.HResult.Should().Be(PipeLibc.BadDescriptor);

        Task<bool> next = handle.WatchAsync(PollEvents.Read).GetAsyncEnumerator().MoveNextAsync().AsTask();
        (await EndsWith<UnauthorizedAccessException>(next)).InnerException!.HResult.Should().Be(PipeLibc.BadDescriptor);
    }

    [TestCase(PollEvents.None)]
    [TestCase((PollEvents)0x20)]
    [TestCase(PollEvents.Read | (PollEvents)0x40)]
    [TestCase((PollEvents)(-1))]
    public void Events_that_there_are_not_are_refused(PollEvents events)
    {
        (_, UringHandle handle) = NewEvent();
        using (handle)
        {
            handle.Invoking(h => h.WaitAsync(events)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName(nameof(events));
            handle.Invoking(h => h.WatchAsync(events)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName(nameof(events));
        }
    }

    private static void Fill(int socket)
    {
        byte[] block = new byte[4096];
        while (PipeLibc.Write(socket, block) > 0)
        {
        }
    }

    private static void Drain(int socket)
    {
        byte[] block = new byte[65536];
        while (PipeLibc.Read(socket, block) > 0)
        {
        }
    }
}
