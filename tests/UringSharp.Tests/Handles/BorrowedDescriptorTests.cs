using System.Globalization;
using UringSharp.Tests.Pipes;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Descriptors;

/// <summary>
/// A descriptor whose owner closes it before its wrapper is disposed, by a raw close(2): where the wrapper had to be taken off an epoll instance by that number,
/// that failed and the wrapper's memory leaked (tokio, issue 7563). URINGSHARP_SOAK makes it 100 000 rounds.
/// </summary>
public sealed class BorrowedDescriptorTests : HandleFixture
{
    [Test]
    public async Task Closing_the_number_first_leaks_nothing_and_touches_no_stranger()
    {
        const int windows = 4;
        int each = SoakTime.IsLong ? 25_000 : 500;
        using TempFolder watched = new();
        string decoy = Folder.File("decoy", "decoy"u8);
        List<(int Descriptors, long Heap, long Resident)> seen = [];
        await OnAThreadOfItsOwn(() =>
        {
            for (int round = 0; round < windows * each; round++)
            {
                if (round % each == 0)
                {
                    seen.Add(Measure());
                }

                Round(round, watched.FullPath, decoy);
            }
        });

        await Pends(0);
        seen.Add(Measure());
        foreach ((int descriptors, long heap, long resident) in seen)
        {
            Report($"after {each} rounds more: descriptors {descriptors}, managed heap {heap / 1024} KiB, resident {resident} KiB");
        }

        // A table that grows once, or a runtime that compiles, does so in one of them; a leak of one small object a round grows in each.
        seen[^1].Descriptors.Should().BeLessThanOrEqualTo(seen[1].Descriptors);
        seen.Zip(seen.Skip(1), static (before, after) => after.Heap - before.Heap).Min().Should().BeLessThan(16 * each);
        seen.Zip(seen.Skip(1), static (before, after) => after.Resident - before.Resident).Min().Should().BeLessThan(SoakTime.IsLong ? each / 10 : 4096);
    }

    [Test]
    public async Task A_wait_goes_on_when_the_number_has_become_a_strangers_and_hears_nothing_of_the_stranger()
    {
        for (int i = 0; i < 100; i++)
        {
            int descriptor = HandleLibc.Event();
            int copy = HandleLibc.Duplicate(descriptor);
            await using var handle = UringHandle.FromDescriptor(descriptor, ownsHandle: false, Context);
            Task<PollEvents> wait = handle.WaitAsync(PollEvents.Read).AsTask();
            await Pends();
            PipeLibc.Close(descriptor).Should().Be(0);
            int stranger = HandleLibc.TakeNumber(descriptor, HandleLibc.Event());
            HandleLibc.Raise(stranger);
            Task<PollEvents> another = handle.WaitAsync(PollEvents.Read).AsTask();
            await Pends(2);
            wait.IsCompleted.Should().BeFalse();

            HandleLibc.Raise(copy);

            (await Eventually.Ends(Task.WhenAll(wait, another))).Should().AllBeEquivalentTo(PollEvents.Read);
            HandleLibc.Take(stranger).Should().Be(1);
            PipeLibc.Close(stranger).Should().Be(0);
            PipeLibc.Close(copy).Should().Be(0);
        }
    }

    /// <summary>One life of a wrapper, whose descriptor is closed under it.</summary>
    private void Round(int round, string watched, string decoy)
    {
        int inotify = HandleLibc.Creations(watched);
        var handle = UringHandle.FromDescriptor(inotify, ownsHandle: false, Context);
        Task? wait = (round % 3) switch
        {
            0 => handle.WaitAsync(PollEvents.Read).AsTask(),
            1 => handle.WatchAsync(PollEvents.Read).GetAsyncEnumerator().MoveNextAsync().AsTask(),
            _ => null,
        };
        PipeLibc.Close(inotify).Should().Be(0);
        int stranger = HandleLibc.TakeNumber(inotify, PipeLibc.MustOpen(decoy, PipeLibc.ReadOnly));

        Thread.Sleep(1);
        handle.Dispose();

        if (wait is not null)
        {
            wait.Invoking(w => w.Wait(Eventually.Deadline)).Should().Throw<ObjectDisposedException>();
        }

        new FileInfo($"/proc/self/fd/{stranger.ToString(CultureInfo.InvariantCulture)}").LinkTarget.Should().Be(decoy);
        Span<byte> content = stackalloc byte[16];
        PipeLibc.Read(stranger, content).Should().Be(5);
        content[..5].SequenceEqual("decoy"u8).Should().BeTrue();
        PipeLibc.Close(stranger).Should().Be(0, "nobody else has closed it");
    }

    private static (int Descriptors, long Heap, long Resident) Measure()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return (Pipes.OpenDescriptors.Count, GC.GetTotalMemory(forceFullCollection: true), ProcessFacts.ResidentKiB);
    }
}
