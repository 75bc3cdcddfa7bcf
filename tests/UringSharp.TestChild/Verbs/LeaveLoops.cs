using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using UringSharp.Tests.Engine;

namespace UringSharp.TestChild.Verbs;

/// <summary>
/// Runs event loops, two at a time, that exchange messages and end with requests unfinished, and prints what is left, for a test to judge (glommio #448).
/// </summary>
internal static partial class LeaveLoops
{
    private const int Messages = 10;
    private const int Pending = 3;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;

    private static int s_ended;
    private static int s_endedLater;

    public static Task RunAsync(string[] arguments)
    {
        int rounds = int.Parse(arguments[0], CultureInfo.InvariantCulture) / 2;
        int warmUp = Math.Min(rounds / 4, 1_000);
        string folder = Path.Combine(Path.GetTempPath(), "uringsharp-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        try
        {
            Report.Line("loops", 2 * rounds);
            RunRounds(folder, warmUp);
            Measure("early");
            long started = Stopwatch.GetTimestamp();
            int collections = GC.CollectionCount(2);
            long allocated = GC.GetTotalAllocatedBytes();
            RunRounds(folder, rounds - warmUp);
            Report.Line("seconds", Stopwatch.GetElapsedTime(started).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture));
            Report.Line("collections of the oldest generation", GC.CollectionCount(2) - collections);
            Report.Line("bytes allocated for a loop", (GC.GetTotalAllocatedBytes() - allocated) / (2 * Math.Max(rounds - warmUp, 1)));
            Report.Line("uncollected resident KiB", Footprint.ResidentKiB);
            Report.Line("uncollected address space in KiB", Footprint.VirtualKiB);
            Report.Line("uncollected managed KiB", GC.GetTotalMemory(forceFullCollection: false) / 1024);
            Measure("late");
            Report.Line("ended on their loops", s_ended);
            SpinWait.SpinUntil(() => Volatile.Read(ref s_endedLater) == 2 * rounds, TimeSpan.FromSeconds(20));
            Report.Line("ended on the pool", s_endedLater);
            return Task.CompletedTask;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void RunRounds(string folder, int rounds)
    {
        var one = Channel.CreateUnbounded<int>();
        var other = Channel.CreateUnbounded<int>();
        Thread[] threads = [new(() => RunLoops(one, other)), new(() => RunLoops(other, one))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());

        void RunLoops(Channel<int> from, Channel<int> to)
        {
            string fifo = Path.Combine(folder, Guid.NewGuid().ToString("N"));
            NamedPipe.Create(fifo);
            for (int i = 0; i < rounds; i++)
            {
                int ended = 0;
                UringLoop.Run(async () =>
                {
                    int thread = Environment.CurrentManagedThreadId;
                    UringLoop loop = UringLoop.Current!;
                    UringPipeStream pipe = await NamedPipe.OpenReadAsync(fifo);
                    var handle = UringHandle.FromDescriptor(EventDescriptor(0, CloseOnExec | NonBlocking), ownsHandle: true);
                    _ = LeaveAsync(pipe, async () => await pipe.TryReadAsync(new byte[8]));
                    _ = LeaveAsync(null, async () => await loop.Delay(TimeSpan.FromDays(1)));
                    _ = LeaveAsync(handle, async () => await handle.WaitAsync(PollEvents.Read));
                    _ = LeaveForeignAsync();
                    for (int message = 0; message < Messages; message++)
                    {
                        await to.Writer.WriteAsync(i);
                        if (await from.Reader.ReadAsync() != i)
                        {
                            throw new InvalidOperationException("A message of another round.");
                        }
                    }

                    async Task LeaveAsync(IAsyncDisposable? owned, Func<Task> wait)
                    {
                        try
                        {
                            await wait();
                        }
                        catch (ObjectDisposedException)
                        {
                            // As it should be.
                        }
                        finally
                        {
                            if (owned is not null)
                            {
                                await owned.DisposeAsync();
                            }

                            if (Environment.CurrentManagedThreadId == thread)
                            {
                                ended++;
                            }
                        }
                    }
                });
                Interlocked.Add(ref s_ended, ended == Pending ? 1 : 0);
            }
        }
    }

    private static async Task LeaveForeignAsync()
    {
        try
        {
            await Task.Delay(500);
        }
        finally
        {
            Interlocked.Increment(ref s_endedLater);
        }
    }

    private static void Measure(string when)
    {
        // The timers of .NET hold what awaits them.
        Thread.Sleep(1_000);
        Footprint.Collect();
        Report.Line($"{when} threads", Footprint.Threads);
        Report.Line($"{when} descriptors", Footprint.Descriptors);
        Report.Line($"{when} ring mappings", Footprint.RingMappings);
        Report.Line($"{when} address space in KiB", Footprint.VirtualKiB);
        Report.Line($"{when} resident KiB", Footprint.ResidentKiB);
        Report.Line($"{when} managed KiB", GC.GetTotalMemory(forceFullCollection: true) / 1024);
    }

    [LibraryImport("libc", EntryPoint = "eventfd")]
    private static partial int EventDescriptor(uint value, int flags);
}
