using UringSharp.Engine;
using UringSharp.Interop.Native;

namespace UringSharp.Tests.Engine;

public sealed class WakeEventTests
{
    [Test]
    public void A_signal_raises_the_event()
    {
        WakeEvent wake = new();

        NativeMethods.PollNow(wake.Descriptor, (uint)NativePollEvents.In).Should().Be(0);
        wake.Signal();
        NativeMethods.PollNow(wake.Descriptor, (uint)NativePollEvents.In).Should().Be((int)NativePollEvents.In);

        wake.Close();
    }

    [Test]
    public void Closing_closes_the_descriptor()
    {
        WakeEvent wake = new();
        int descriptor = wake.Descriptor;

        wake.Close();

        NativeMethods.GetFlags(descriptor).Should().Be(-Interop.Errno.EBADF);
    }

    [Test]
    public void A_signal_after_the_end_does_nothing()
    {
        WakeEvent wake = new();
        wake.Close();
        int stranger = NativeMethods.EventCreate();
        stranger.Should().Be(wake.Descriptor, "the number is reused, or this test says nothing");

        wake.Signal();

        NativeMethods.EventReset(stranger).Should().Be(0, "a stranger's descriptor is not written to");
        _ = NativeMethods.Close(stranger);
    }

    [Test]
    public async Task Signals_beside_the_end_never_reach_a_stranger_with_the_same_number()
    {
        const int rounds = 2_000;
        const int wakers = 3;
        WakeEvent? current = null;
        int reused = 0;
        int touched = 0;
        using Barrier barrier = new(wakers + 1);
        Task[] waking = [.. Enumerable.Range(0, wakers).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (int round = 0; round < rounds; round++)
                {
                    barrier.SignalAndWait();
                    WakeEvent wake = current!;
                    for (int i = 0; i < 4; i++)
                    {
                        wake.Signal();
                    }

                    barrier.SignalAndWait();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];
        await Task.Factory.StartNew(
            () =>
            {
                for (int round = 0; round < rounds; round++)
                {
                    current = new WakeEvent();
                    int descriptor = current.Descriptor;
                    barrier.SignalAndWait();
                    current.Signal();
                    current.Close();
                    int stranger = NativeMethods.EventCreate();
                    barrier.SignalAndWait();
                    reused += stranger == descriptor ? 1 : 0;
                    touched += NativeMethods.EventReset(stranger);
                    _ = NativeMethods.Close(stranger);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await Task.WhenAll(waking);

        TestContext.Out.WriteLine($"the stranger got the same number in {reused} of {rounds} rounds");
        touched.Should().Be(0);
        reused.Should().BeGreaterThan(rounds / 10, "or this test says nothing");
    }
}
