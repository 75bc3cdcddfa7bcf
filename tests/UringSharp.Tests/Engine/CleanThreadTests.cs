using System.Globalization;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>
/// What user code may leave behind on a pump thread, and what the next continuation finds there: a clean thread. Raw callbacks are used, since nothing of the runtime
/// cleans up after them; the next continuation comes once in a batch of its own, once in the same batch.
/// </summary>
public sealed class CleanThreadTests
{
    private const int Rounds = 20;

    private static readonly AsyncLocal<string?> s_local = new();

    [Test]
    public async Task The_next_one_finds_no_SynchronizationContext([Values] bool inSameBatch) =>
        (await LeftBehind(static () => SynchronizationContext.SetSynchronizationContext(new SynchronizationContext()), static () => SynchronizationContext.Current, inSameBatch))
            .Should().OnlyContain(static current => current == null);

    [Test]
    public async Task The_next_one_finds_no_AsyncLocal([Values] bool inSameBatch) =>
        (await LeftBehind(static () => s_local.Value = "left behind", static () => s_local.Value, inSameBatch))
            .Should().OnlyContain(static value => value == null);

    [Test]
    public async Task The_next_one_finds_the_flow_of_the_ExecutionContext_unsuppressed([Values] bool inSameBatch) =>
        (await LeftBehind(static () => ExecutionContext.SuppressFlow(), static () => ExecutionContext.IsFlowSuppressed(), inSameBatch))
            .Should().OnlyContain(static isSuppressed => !isSuppressed);

    [Test]
    public async Task The_next_one_finds_the_threads_own_name([Values] bool inSameBatch) =>
        (await LeftBehind(static () => Thread.CurrentThread.Name = "stolen", static () => Thread.CurrentThread.Name, inSameBatch))
            .Should().OnlyContain(static name => name == "uring-0");

    [Test]
    public async Task The_next_one_finds_normal_priority([Values] bool inSameBatch) =>
        (await LeftBehind(static () => Thread.CurrentThread.Priority = ThreadPriority.Lowest, static () => Thread.CurrentThread.Priority, inSameBatch))
            .Should().OnlyContain(static priority => priority == ThreadPriority.Normal);

    [Test]
    public async Task The_next_one_finds_a_background_thread([Values] bool inSameBatch) =>
        (await LeftBehind(static () => Thread.CurrentThread.IsBackground = false, static () => Thread.CurrentThread.IsBackground, inSameBatch))
            .Should().OnlyContain(static isBackground => isBackground);

    [Test]
    public async Task The_next_one_finds_the_default_culture([Values] bool inSameBatch)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = "!";

        (await LeftBehind(() => CultureInfo.CurrentCulture = culture, static () => CultureInfo.CurrentCulture, inSameBatch))
            .Should().OnlyContain(found => found != culture);
    }

    [Test]
    public async Task An_async_method_leaves_nothing_to_the_next_one()
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = ContinuationMode.Inline });
        using Fifo fifo = await Fifo.OpenAsync(folder.Fifo("async"), context);
        using PumpRunner second = await PumpRunner.CreateAsync(folder, context, "second");
        using PumpRunner trigger = await PumpRunner.CreateAsync(folder, context, "trigger");

        async Task LeaveBehind()
        {
            await fifo.Reader.ReadAsync(new byte[8]).ConfigureAwait(false);
            s_local.Value = "left behind";
            SynchronizationContext.SetSynchronizationContext(new SynchronizationContext());
            await fifo.Reader.ReadAsync(new byte[8]).ConfigureAwait(false);
        }

        Task leaving = LeaveBehind();
        (string? Local, SynchronizationContext? Current) found = ("not run", null);
        Task looking = second.Arm(() => found = (s_local.Value, SynchronizationContext.Current));
        await trigger.Run(() =>
        {
            fifo.Write();
            second.Write();
        });
        await Eventually.Ends(looking);
        fifo.Write();
        await Eventually.Ends(leaving);

        found.Should().Be((null, null));
    }

    [Test]
    public async Task A_callback_that_throws_ends_the_process_as_anywhere_else_but_not_the_pump()
    {
        ChildResult child = (await TestChild.RunAsync("throwing-callback")).ShouldHaveSucceeded();

        child["thrown on"].Should().StartWith("uring-0");
        child["messages read afterwards"].Should().Be("100");
    }

    /// <summary>What a continuation finds that comes after one that leaves something behind, in several rounds: a batch may have been cut in one or the other.</summary>
    private static async Task<List<T>> LeftBehind<T>(Action leave, Func<T> look, bool inSameBatch)
    {
        using TempFolder folder = new();
        await using UringContext context = new(new UringOptions { Continuations = ContinuationMode.Inline });
        using PumpRunner first = await PumpRunner.CreateAsync(folder, context, "first");
        using PumpRunner second = await PumpRunner.CreateAsync(folder, context, "second");
        using PumpRunner trigger = await PumpRunner.CreateAsync(folder, context, "trigger");
        List<T> found = [];
        for (int round = 0; round < Rounds; round++)
        {
            int leaver = 0;
            int looker = 0;
            Task leaving = first.Arm(() =>
            {
                leaver = Environment.CurrentManagedThreadId;
                leave();
            });
            Task looking = second.Arm(() =>
            {
                looker = Environment.CurrentManagedThreadId;
                found.Add(look());
            });
            if (inSameBatch)
            {
                // While the pump runs this, both become ready; it finds them together, in this order.
                await trigger.Run(() =>
                {
                    first.Write();
                    second.Write();
                }).ConfigureAwait(false);
                await Eventually.Ends(leaving).ConfigureAwait(false);
            }
            else
            {
                first.Write();
                await Eventually.Ends(leaving).ConfigureAwait(false);

                // The turn of the first one is over when another one has been through.
                await trigger.Run(static () => { }).ConfigureAwait(false);
                second.Write();
            }

            await Eventually.Ends(looking).ConfigureAwait(false);
            looker.Should().Be(leaver, "both ran on the same thread, or this test says nothing");
        }

        return found;
    }
}
