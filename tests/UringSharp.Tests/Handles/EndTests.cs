using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using UringSharp.Tests.Pipes;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Descriptors;

/// <summary>How handles begin and end: whose descriptor is closed when, and what becomes of what waits.</summary>
[Category("FaultsSoak")]
public sealed class EndTests : HandleFixture
{
    [Test]
    public async Task A_cancelled_wait_ends_with_the_callers_token_and_the_next_one_is_not_touched()
    {
        (int descriptor, UringHandle handle) = NewEvent();
        await using (handle)
        {
            using CancellationTokenSource source = new();
            Task<PollEvents> wait = handle.WaitAsync(PollEvents.Read, source.Token).AsTask();
            Task<PollEvents> other = handle.WaitAsync(PollEvents.Read).AsTask();
            await Pends(2);

            await source.CancelAsync();

            (await EndsWith<OperationCanceledException>(wait)).CancellationToken.Should().Be(source.Token);
            await Pends(1);
            HandleLibc.Raise(descriptor);
            (await Eventually.Ends(other)).Should().Be(PollEvents.Read);
        }
    }

    [Test]
    public void A_token_that_is_cancelled_before_refuses_the_wait()
    {
        (int descriptor, UringHandle handle) = NewEvent();
        using (handle)
        {
            HandleLibc.Raise(descriptor);

            handle.WaitAsync(PollEvents.Read, new CancellationToken(canceled: true)).AsTask().IsCanceled.Should().BeTrue();
        }
    }

    [Test]
    public async Task Disposing_ends_what_waits_and_refuses_what_comes()
    {
        (_, UringHandle handle) = NewEvent();
        Task<PollEvents>[] waits = [.. Enumerable.Range(0, 20).Select(_ => handle.WaitAsync(PollEvents.Read).AsTask())];
        await Pends(20);

        handle.Dispose();
        handle.Dispose();

        foreach (Task<PollEvents> wait in waits)
        {
            (await EndsWith<ObjectDisposedException>(wait)).ObjectName.Should().Be(typeof(UringHandle).FullName);
        }

        handle.Invoking(h => h.WaitAsync(PollEvents.Read)).Should().Throw<ObjectDisposedException>();
        handle.Invoking(h => h.WatchAsync(PollEvents.Read)).Should().Throw<ObjectDisposedException>();
        await handle.DisposeAsync();
        await Pends(0);
    }

    [Test]
    public async Task Disposing_the_context_ends_what_waits_and_what_watches()
    {
        await using UringContext context = new(new UringOptions { Continuations = Mode });
        int descriptor = Own(HandleLibc.Event());
        using var handle = UringHandle.FromDescriptor(descriptor, ownsHandle: false, context);
        Task<PollEvents> wait = handle.WaitAsync(PollEvents.Read).AsTask();
        IAsyncEnumerator<PollEvents> waiting = handle.WatchAsync(PollEvents.Read).GetAsyncEnumerator();
        Task<bool> next = waiting.MoveNextAsync().AsTask();
        IAsyncEnumerator<PollEvents> idle = handle.WatchAsync(PollEvents.Write).GetAsyncEnumerator();
        (await Eventually.Ends(idle.MoveNextAsync().AsTask())).Should().BeTrue();
        await Eventually.Holds(() => context.GetStatistics().InFlight == 3, () => $"{context.GetStatistics()}");

        await context.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

        (await EndsWith<ObjectDisposedException>(wait)).ObjectName.Should().Be(typeof(UringContext).FullName);
        (await EndsWith<ObjectDisposedException>(next)).ObjectName.Should().Be(typeof(UringContext).FullName);
        await EndsWith<ObjectDisposedException>(idle.MoveNextAsync().AsTask());
        await handle.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
    }

    [Test]
    public async Task The_descriptor_is_closed_when_DisposeAsync_has_ended()
    {
        for (int i = 0; i < 200; i++)
        {
            int descriptor = HandleLibc.Event();
            var handle = UringHandle.FromDescriptor(descriptor, ownsHandle: true, Context);
            Task<PollEvents> wait = handle.WaitAsync(PollEvents.Read).AsTask();
            int flags = PipeLibc.StatusFlags(descriptor);

            await handle.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);

            // Another thread of the process may have opened something under that number since; not with these flags.
            flags.Should().BePositive();
            PipeLibc.StatusFlags(descriptor).Should().NotBe(flags);
            await EndsWith<ObjectDisposedException>(wait);
        }
    }

    [Test]
    public async Task No_code_of_the_waiter_runs_inside_Cancel_or_Dispose()
    {
        for (int i = 0; i < 200; i++)
        {
            (_, UringHandle handle) = NewEvent();
            using CancellationTokenSource source = new();
            int inside = 0;
            bool ranInside = false;
            var wait = Task.Run(Wait);
            await Pends();

            Volatile.Write(ref inside, Environment.CurrentManagedThreadId);
            if (i % 2 == 0)
            {
                source.Cancel();
            }
            else
            {
                handle.Dispose();
            }

            Volatile.Write(ref inside, 0);
            await Eventually.Ends(wait);
            await handle.DisposeAsync();
            ranInside.Should().BeFalse();

            async Task Wait()
            {
                try
                {
                    await handle.WaitAsync(PollEvents.Read, source.Token).ConfigureAwait(false);
                }
                catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
                {
                    ranInside = Volatile.Read(ref inside) == Environment.CurrentManagedThreadId;
                }
            }
        }
    }

    [Test]
    public async Task An_owned_descriptor_is_taken_out_of_its_SafeFileHandle_and_closed_at_the_end()
    {
        SafeFileHandle owned = new(HandleLibc.Event(), ownsHandle: true);
        int descriptors = Pipes.OpenDescriptors.Count;
        var handle = UringHandle.FromHandle(owned, ownsHandle: true, Context);
        Pipes.OpenDescriptors.Count.Should().Be(descriptors);
        owned.IsClosed.Should().BeTrue();

        await handle.DisposeAsync();

        Pipes.OpenDescriptors.Count.Should().Be(descriptors - 1);
    }

    [Test]
    public async Task Another_kind_of_handle_that_is_owned_is_duplicated_and_closed_at_once()
    {
        int descriptor = HandleLibc.Event();
        ForeignHandle owned = new(descriptor);

        await using var handle = UringHandle.FromHandle(owned, ownsHandle: true, Context);

        owned.IsClosed.Should().BeTrue();
        owned.Closed.Should().Be(1);
        (await handle.WaitAsync(PollEvents.Write)).Should().Be(PollEvents.Write);
    }

    [Test]
    public async Task A_handle_that_its_owner_closes_ends_nothing_that_was_borrowed()
    {
        (SafeFileHandle read, SafeFileHandle write) = Libc.Pipe();
        await using var handle = UringHandle.FromHandle(read, ownsHandle: false, Context);
        Task<PollEvents> wait = handle.WaitAsync(PollEvents.Read).AsTask();
        await Pends();

        read.Dispose();
        PipeLibc.Write((int)write.DangerousGetHandle(), "x"u8).Should().Be(1);
        write.Dispose();

        (await Eventually.Ends(wait)).Should().HaveFlag(PollEvents.Read);
    }

    [Test]
    public async Task Closing_a_handle_that_was_handed_over_does_nothing()
    {
        SafeFileHandle owned = new(HandleLibc.Event(), ownsHandle: true);
        await using var handle = UringHandle.FromHandle(owned, ownsHandle: true, Context);
        using CancellationTokenSource source = new();
        Task<PollEvents> wait = handle.WaitAsync(PollEvents.Read, source.Token).AsTask();
        await Pends();

        owned.Dispose();

        (await Eventually.Ends(handle.WaitAsync(PollEvents.Write).AsTask())).Should().Be(PollEvents.Write);
        wait.IsCompleted.Should().BeFalse();
        await source.CancelAsync();
        await EndsWith<OperationCanceledException>(wait);
        await Pends(0);
    }

    [Test]
    public void Bad_arguments_are_refused_and_nothing_is_closed()
    {
        using SafeFileHandle closed = new(HandleLibc.Event(), ownsHandle: true);
        closed.Dispose();
        using SafeFileHandle invalid = new(-1, ownsHandle: false);
        using SafeFileHandle unopened = new(999_999, ownsHandle: false);
        foreach (bool owns in new[] { false, true })
        {
            FluentActions.Invoking(() => UringHandle.FromHandle(null!, owns, Context)).Should().Throw<ArgumentNullException>();
            FluentActions.Invoking(() => UringHandle.FromHandle(closed, owns, Context)).Should().Throw<ObjectDisposedException>();
            FluentActions.Invoking(() => UringHandle.FromHandle(invalid, owns, Context)).Should().Throw<ArgumentException>().WithParameterName("handle");
            FluentActions.Invoking(() => UringHandle.FromHandle(unopened, owns, Context)).Should().Throw<UnauthorizedAccessException>()
                .Which.InnerException!.HResult.Should().Be(PipeLibc.BadDescriptor);
            FluentActions.Invoking(() => UringHandle.FromDescriptor(-1, owns, Context)).Should().Throw<ArgumentOutOfRangeException>();
            FluentActions.Invoking(() => UringHandle.FromDescriptor(999_999, owns, Context)).Should().Throw<UnauthorizedAccessException>();
        }
    }

    [Test]
    public void A_context_that_is_disposed_takes_no_handle_and_leaves_it_open()
    {
        UringContext context = new();
        context.Dispose();
        int descriptor = Own(HandleLibc.Event());

        FluentActions.Invoking(() => UringHandle.FromDescriptor(descriptor, ownsHandle: true, context)).Should().Throw<ObjectDisposedException>();

        PipeLibc.StatusFlags(descriptor).Should().BeGreaterThanOrEqualTo(0);
    }

    /// <summary>A handle of some native library's.</summary>
    private sealed class ForeignHandle : SafeHandle
    {
        public ForeignHandle(int descriptor)
            : base(-1, ownsHandle: true) => SetHandle(descriptor);

        public int Closed { get; private set; }

        public override bool IsInvalid => handle == -1;

        protected override bool ReleaseHandle()
        {
            Closed++;
            return PipeLibc.Close((int)handle) == 0;
        }
    }
}
