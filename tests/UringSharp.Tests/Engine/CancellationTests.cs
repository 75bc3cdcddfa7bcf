using System.Buffers;
using System.Reflection;
using UringSharp.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

#pragma warning disable CA2012 // One test looks into a value task.

/// <summary>A token, cancelled at every moment in the life of an operation. What is cancelled is that operation and nobody else's, and no user code runs inside Cancel().</summary>
public sealed class CancellationTests
{
    private const int ManyRounds = 1_000;

    [ThreadStatic]
    private static bool t_isInsideCancel;

    [Test]
    public async Task A_token_cancelled_before_the_call_starts_nothing()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        CancellationToken token = new(canceled: true);
        long submissions = context.GetStatistics().Submissions;

        ValueTask<int> read = fifo.Reader.ReadAsync(new byte[8], token);

        read.IsCanceled.Should().BeTrue();
        (await FluentActions.Awaiting(() => read.AsTask()).Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(token);
        context.GetStatistics().Submissions.Should().Be(submissions);
    }

    [Test]
    public async Task A_token_cancelled_before_the_call_does_not_take_what_is_there()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        fifo.Write(42);
        byte[] buffer = new byte[8];

        fifo.Reader.ReadAsync(buffer, new CancellationToken(canceled: true)).AsTask().IsCanceled.Should().BeTrue();

        (await Eventually.Ends(fifo.Reader.ReadAsync(buffer).AsTask())).Should().Be(8);
        BitConverter.ToInt64(buffer).Should().Be(42);
    }

    [Test]
    public async Task Cancelled_right_after_the_call_by_the_caller_it_ends_with_the_callers_token([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        for (int round = 0; round < 300; round++)
        {
            using CancellationTokenSource source = new();
            Task read = fifo.Reader.ReadAsync(new byte[8], source.Token).AsTask();
            source.Cancel();
            await ShouldBeCancelled(read, source.Token);
        }

        await ShouldStillDeliver(fifo, 100);
        NothingInFlight(context);
    }

    [Test]
    public async Task Cancelled_by_another_thread_at_any_moment_it_ends_and_loses_nothing([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        using SemaphoreSlim go = new(0);
        CancellationTokenSource? current = null;
        int pause = 0;
        Thread canceller = new(() =>
        {
            while (true)
            {
                go.Wait();
                if (Volatile.Read(ref current) is not { } source)
                {
                    return;
                }

                Thread.SpinWait(pause);
                source.Cancel();
            }
        });
        canceller.Start();
        byte[] buffer = new byte[8];
        int next = 0;
        int cancelled = 0;
        for (int round = 0; round < ManyRounds; round++)
        {
            using CancellationTokenSource source = new();
            pause = round % 200;
            Volatile.Write(ref current, source);
            go.Release();
            var read = fifo.Reader.ReadAsync(buffer, source.Token).AsTask();
            if (round % 2 == 0)
            {
                // Half of them race against data too.
                fifo.Write(next);
            }

            await Eventually.Ends((Task)read);
            if (read.IsCompletedSuccessfully)
            {
                BitConverter.ToInt64(buffer).Should().Be(next);
                next++;
            }
            else
            {
                read.IsCanceled.Should().BeTrue();
                cancelled++;
                if (round % 2 == 0)
                {
                    // The message was not consumed: it is still there.
                    (await Eventually.Ends(fifo.Reader.ReadAsync(buffer).AsTask())).Should().Be(8);
                    BitConverter.ToInt64(buffer).Should().Be(next);
                    next++;
                }
            }

            await Eventually.Holds(() => source.IsCancellationRequested, () => "the canceller has not come");
        }

        Volatile.Write(ref current, null);
        go.Release();
        canceller.Join();
        TestContext.Out.WriteLine($"{cancelled} of {ManyRounds} cancelled, {next} messages delivered");
        next.Should().Be(ManyRounds / 2);
        NothingInFlight(context);
    }

    [Test]
    public async Task Cancelling_in_a_callback_of_the_same_token_is_right()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        for (int round = 0; round < 200; round++)
        {
            using CancellationTokenSource outer = new();
            using var inner = CancellationTokenSource.CreateLinkedTokenSource(outer.Token);
            using CancellationTokenRegistration registration = outer.Token.Register(inner.Cancel);
            Task read = fifo.Reader.ReadAsync(new byte[8], inner.Token).AsTask();

            outer.Cancel();

            await ShouldBeCancelled(read, inner.Token);
        }

        NothingInFlight(context);
    }

    [Test]
    public async Task A_read_started_in_a_callback_of_its_own_token_ends()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        using CancellationTokenSource source = new();
        Task<int>? read = null;
        using CancellationTokenRegistration registration = source.Token.Register(() => read = fifo.Reader.ReadAsync(new byte[8], source.Token).AsTask());

        source.Cancel();

        await ShouldBeCancelled(read!, source.Token);
    }

    [Test]
    public async Task Cancelling_twice_and_after_the_end_does_nothing_more()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        using CancellationTokenSource source = new();
        Task read = fifo.Reader.ReadAsync(new byte[8], source.Token).AsTask();

        source.Cancel();
        source.Cancel();
        await ShouldBeCancelled(read, source.Token);
        source.Cancel();

        await ShouldStillDeliver(fifo, 100);
    }

    [Test]
    public async Task Cancelling_after_the_end_cancels_nobody_else()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        for (int round = 0; round < 300; round++)
        {
            using CancellationTokenSource source = new();
            Task<int> first = fifo.Reader.ReadAsync(new byte[8], source.Token).AsTask();
            fifo.Write();
            await Eventually.Ends(first);

            // Most likely in the same object as the first one.
            Task<int> second = fifo.Reader.ReadAsync(new byte[8]).AsTask();
            source.Cancel();
            fifo.Write();
            (await Eventually.Ends(second)).Should().Be(8);
        }
    }

    [Test]
    public async Task A_source_disposed_while_a_read_is_pending_leaves_the_read_alone()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        CancellationTokenSource source = new();
        Task<int> read = fifo.Reader.ReadAsync(new byte[8], source.Token).AsTask();

        source.Dispose();
        fifo.Write();

        (await Eventually.Ends(read)).Should().Be(8);
        await ShouldStillDeliver(fifo, 100);
    }

    [Test]
    public async Task A_source_reset_while_a_read_is_pending_leaves_the_read_alone()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        using CancellationTokenSource source = new();
        Task<int> read = fifo.Reader.ReadAsync(new byte[8], source.Token).AsTask();

        source.TryReset().Should().BeTrue();
        source.Cancel();
        fifo.Write();

        (await Eventually.Ends(read)).Should().Be(8);
        await ShouldStillDeliver(fifo, 100);
    }

    [Test]
    public async Task One_token_of_many_reads_cancels_them_all_and_no_others()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        Fifo[] fifos = [.. await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Fifo.OpenAsync(folder.Fifo($"fifo-{i}"), context)))];
        using CancellationTokenSource source = new();
        Task<int>[] cancelled = [.. fifos.Where((_, i) => i % 2 == 0).Select(fifo => fifo.Reader.ReadAsync(new byte[8], source.Token).AsTask())];
        Task<int>[] others = [.. fifos.Where((_, i) => i % 2 == 1).Select(fifo => fifo.Reader.ReadAsync(new byte[8]).AsTask())];

        source.Cancel();

        await Eventually.Ends((Task)Task.WhenAll(cancelled));
        cancelled.Should().OnlyContain(read => read.IsCanceled);
        others.Should().OnlyContain(read => !read.IsCompleted);
        Array.ForEach(fifos, static fifo => fifo.Dispose());
    }

    [Test]
    public async Task A_callback_that_blocks_in_Cancel_holds_up_no_read_and_touches_no_later_one([Values] bool isRegisteredFirst)
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        for (int round = 0; round < 50; round++)
        {
            using CancellationTokenSource source = new();
            using ManualResetEventSlim inside = new();
            using ManualResetEventSlim gate = new();
            Action block = () =>
            {
                inside.Set();
                gate.Wait();
            };
            CancellationTokenRegistration blocking = isRegisteredFirst ? source.Token.Register(block) : default;
            Task<int> read = fifo.Reader.ReadAsync(new byte[8], source.Token).AsTask();
            blocking = isRegisteredFirst ? blocking : source.Token.Register(block);

            // Callbacks run last come, first served: ours has run, or comes only when the gate opens.
            Task cancelling = Task.Factory.StartNew(source.Cancel, TaskCreationOptions.LongRunning);
            inside.Wait(Eventually.Deadline).Should().BeTrue();
            if (isRegisteredFirst)
            {
                await ShouldBeCancelled(read, source.Token);
            }
            else
            {
                // Data comes while Cancel() has not got to us: the operation ends and its object is used again, and again.
                fifo.Write();
                (await Eventually.Ends(read)).Should().Be(8);
            }

            await ShouldStillDeliver(fifo, 5);
            Task<int> bystander = fifo.Reader.ReadAsync(new byte[8]).AsTask();
            gate.Set();
            await Eventually.Ends(cancelling);
            fifo.Write();
            (await Eventually.Ends(bystander)).Should().Be(8);
            await blocking.DisposeAsync();
        }

        NothingInFlight(context);
    }

    [Test]
    public async Task The_callback_may_run_at_the_very_moment_the_operation_ends_and_is_used_again()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo hot = await Fifo.OpenAsync(folder.Fifo("hot"), context);
        using Fifo bystander = await Fifo.OpenAsync(folder.Fifo("bystander"), context);
        for (int round = 0; round < ManyRounds; round++)
        {
            using CancellationTokenSource source = new();
            Task<int> read = hot.Reader.ReadAsync(new byte[8], source.Token).AsTask();
            var cancelling = Task.Run(source.Cancel);
            hot.Write();
            await Eventually.Ends((Task)read);

            // No token: whatever ends this one early was meant for another.
            Task<int> next = bystander.Reader.ReadAsync(new byte[8]).AsTask();
            await cancelling;
            bystander.Write();
            (await Eventually.Ends(next)).Should().Be(8);
            if (read.IsCanceled)
            {
                (await Eventually.Ends(hot.Reader.ReadAsync(new byte[8]).AsTask())).Should().Be(8);
            }
        }

        NothingInFlight(context);
    }

    [Test]
    public async Task A_callback_that_is_late_never_meets_another_read_in_the_same_object()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo("hot"), context);
        using PumpRunner runner = await PumpRunner.CreateAsync(folder, context);
        Fifo[] others = [.. await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Fifo.OpenAsync(folder.Fifo($"other-{i}"), context)))];
        using CancellationTokenSource source = new();
        ValueTask<int> read = fifo.Reader.ReadAsync(new byte[8], source.Token);
        Operation operation = OperationOf(read);

        // To the operation this looks like a callback that Cancel() has taken off its list and not yet begun: it cannot be unregistered any more.
        source.TryReset().Should().BeTrue();
        fifo.Write();
        (await Eventually.Ends(read.AsTask())).Should().Be(8);

        // Whoever finds a returned operation in a pool, here or on the pump, finds it now.
        List<Task<int>> reads = [.. others[20..].Select(static other => other.Reader.ReadAsync(new byte[8]).AsTask())];
        await runner.Run(() => reads.AddRange(others[..20].Select(static other => other.Reader.ReadAsync(new byte[8]).AsTask())));
        typeof(Operation).GetMethod("OnTokenCancelled", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(operation, null);
        Array.ForEach(others, static other => other.Write());

        (await Eventually.Ends(Task.WhenAll(reads))).Should().OnlyContain(static bytes => bytes == 8);
        Array.ForEach(others, static other => other.Dispose());
    }

    [Test]
    public async Task No_user_code_runs_inside_Cancel([Values] ContinuationMode mode)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        using DirectFile file = await DirectFile.OpenAsync(folder, context);
        using IMemoryOwner<byte> memory = file.Rent();
        int inside = 0;

        async Task Read(CancellationToken token)
        {
            try
            {
                await fifo.Reader.ReadAsync(new byte[8], token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                inside += t_isInsideCancel ? 1 : 0;
            }
        }

        async Task ReadBlock(CancellationToken token)
        {
            try
            {
                await file.File.ReadAsync(memory.Memory, 0, token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // It may have been too late for that.
            }

            inside += t_isInsideCancel ? 1 : 0;
        }

        for (int round = 0; round < 200; round++)
        {
            using CancellationTokenSource source = new();
            Task[] reads = [Read(source.Token), Read(source.Token), ReadBlock(source.Token)];
            await Task.Factory.StartNew(
                () =>
                {
                    t_isInsideCancel = true;
                    source.Cancel();
                    t_isInsideCancel = false;
                },
                TaskCreationOptions.LongRunning);
            await Eventually.Ends(Task.WhenAll(reads));
        }

        inside.Should().Be(0);
    }

    [Test]
    public async Task Cancelling_from_a_continuation_on_the_pump_is_right([Values(ContinuationMode.Adaptive, ContinuationMode.Inline)] ContinuationMode mode)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = mode });
        using PumpRunner runner = await PumpRunner.CreateAsync(folder, context);
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo(), context);
        for (int round = 0; round < 100; round++)
        {
            using CancellationTokenSource source = new();
            Task? read = null;
            bool endedInside = false;
            await runner.Run(() =>
            {
                read = fifo.Reader.ReadAsync(new byte[8], source.Token).AsTask();
                source.Cancel();
                endedInside = read.IsCompleted && PumpThread.Current is not null;
            });

            await ShouldBeCancelled(read!, source.Token);
            endedInside.Should().BeFalse("the leader cancels when it is the leader's turn");
        }
    }

    [Test]
    public async Task A_direct_read_that_is_cancelled_too_late_delivers_its_data()
    {
        using TempFolder folder = new();
        await using UringContext context = new();
        using DirectFile file = await DirectFile.OpenAsync(folder, context);
        using IMemoryOwner<byte> memory = file.Rent();
        int delivered = 0;
        for (int round = 0; round < 500; round++)
        {
            using CancellationTokenSource source = new();
            var read = file.File.ReadAsync(memory.Memory, 3 * DirectFile.BlockSize, source.Token).AsTask();
            Thread.SpinWait(round % 100 * 10);
            source.Cancel();
            await Eventually.Ends((Task)read);
            if (read.IsCompletedSuccessfully)
            {
                delivered++;
                memory.Memory.Span.IndexOfAnyExcept((byte)3).Should().Be(-1);
            }
            else
            {
                await ShouldBeCancelled(read, source.Token);
            }
        }

        TestContext.Out.WriteLine($"{delivered} of 500 delivered their data");
        NothingInFlight(context);
    }

    [Test]
    public async Task The_first_cause_decides_token_or_dispose()
    {
        using TempFolder folder = new();
        for (int round = 0; round < 50; round++)
        {
            await using UringContext context = new();
            using Fifo fifo = await Fifo.OpenAsync(folder.Fifo($"fifo-{round}"), context);
            using CancellationTokenSource source = new();
            Task<int> first = fifo.Reader.ReadAsync(new byte[8], source.Token).AsTask();
            Task<int> second = fifo.Reader.ReadAsync(new byte[8]).AsTask();

            source.Cancel();
            fifo.Reader.Dispose();

            await ShouldBeCancelled(first, source.Token);
            await Eventually.Ends((Task)second);
            second.Exception!.InnerException.Should().BeOfType<ObjectDisposedException>();
        }
    }

    private static Operation OperationOf(ValueTask<int> task) =>
        (Operation)typeof(ValueTask<int>).GetField("_obj", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(task)!;

    private static async Task ShouldBeCancelled(Task task, CancellationToken token)
    {
        await Eventually.Ends(task).ConfigureAwait(false);
        task.IsCanceled.Should().BeTrue();
        (await FluentActions.Awaiting(() => task).Should().ThrowAsync<OperationCanceledException>().ConfigureAwait(false)).Which.CancellationToken.Should().Be(token);
    }

    private static async Task ShouldStillDeliver(Fifo fifo, int count)
    {
        byte[] buffer = new byte[8];
        for (int i = 0; i < count; i++)
        {
            var read = fifo.Reader.ReadAsync(buffer).AsTask();
            fifo.Write(i);
            (await Eventually.Ends(read).ConfigureAwait(false)).Should().Be(8);
            BitConverter.ToInt64(buffer).Should().Be(i);
        }
    }

    private static void NothingInFlight(UringContext context) => context.GetStatistics().InFlight.Should().Be(0);
}
