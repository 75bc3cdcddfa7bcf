using System.Globalization;

namespace UringSharp.Tests.Loops;

/// <summary>What flows: what the caller of Run has set is seen on the loop, what one callback sets is not seen by the next.</summary>
public sealed class LoopContextFlowTests
{
    private static readonly AsyncLocal<string?> s_local = new();

    [Test]
    public async Task What_one_callback_sets_is_not_seen_by_the_next()
    {
        await LoopThread.RunAsync(static async () =>
        {
            UringLoop loop = UringLoop.Current!;
            List<string?> seen = [];
            var culture = CultureInfo.CurrentCulture;
            loop.Post(static () =>
            {
                s_local.Value = "first";
                CultureInfo.CurrentCulture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
                SynchronizationContext.SetSynchronizationContext(null);
                ExecutionContext.SuppressFlow();
            });
            loop.Post(() =>
            {
                seen.Add(s_local.Value);
                CultureInfo.CurrentCulture.Should().BeSameAs(culture);
                SynchronizationContext.Current.Should().BeSameAs(loop.SynchronizationContext);
                ExecutionContext.IsFlowSuppressed().Should().BeFalse();
            });
            await Task.Yield();
            await loop.Delay(TimeSpan.Zero);
            seen.Should().Equal([null]);
        });
    }

    [Test]
    public async Task What_the_caller_has_set_is_seen_and_what_is_set_on_the_loop_stays_there()
    {
        await LoopThread.Start(static () =>
        {
            s_local.Value = "caller";
            var callers = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            CultureInfo.CurrentCulture = callers;
            UringLoop.Run(async () =>
            {
                UringLoop loop = UringLoop.Current!;
                Check();
                await loop.Delay(TimeSpan.Zero);
                Check();
                loop.Post(Check);
                await Task.Yield();
                await Task.Yield();
                s_local.Value = "main";
                CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
                await loop.Delay(TimeSpan.Zero);
                s_local.Value.Should().Be("main");
                CultureInfo.CurrentCulture.Should().BeSameAs(CultureInfo.InvariantCulture);
                loop.Post(Check);
                await Task.Yield();
                await Task.Yield();

                void Check()
                {
                    s_local.Value.Should().Be("caller");
                    CultureInfo.CurrentCulture.Should().BeSameAs(callers);
                }
            });
            s_local.Value.Should().Be("caller");
            CultureInfo.CurrentCulture.Should().BeSameAs(callers);
            return true;
        });
    }

    [Test]
    public async Task What_main_sets_before_its_first_await_does_not_reach_its_caller()
    {
        await LoopThread.Start(static () =>
        {
            s_local.Value = "caller";
            UringLoop.Run(static () =>
            {
                s_local.Value = "main";
                return Task.CompletedTask;
            });
            s_local.Value.Should().Be("caller");
            return true;
        });
    }

    [Test]
    public async Task A_caller_whose_context_does_not_flow_finds_that_as_it_was()
    {
        await LoopThread.Start(static () =>
        {
            s_local.Value = "caller";
            using (ExecutionContext.SuppressFlow())
            {
                UringLoop.Run(static async () =>
                {
                    UringLoop loop = UringLoop.Current!;
                    List<string?> seen = [];
                    loop.Post(static () => s_local.Value = "callback");
                    loop.Post(() => seen.Add(s_local.Value));
                    await Task.Yield();
                    await Task.Yield();
                    await loop.Delay(TimeSpan.FromMilliseconds(1));
                    seen.Should().NotContain("callback");
                });
                ExecutionContext.IsFlowSuppressed().Should().BeTrue();
            }

            s_local.Value.Should().Be("caller");
            return true;
        });
    }
}
