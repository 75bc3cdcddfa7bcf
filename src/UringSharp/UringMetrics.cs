using System.Diagnostics.Metrics;
using System.Globalization;
using UringSharp.Engine;

namespace UringSharp;

/// <summary>
/// The meter "UringSharp", for dotnet-counters, OpenTelemetry and MeterListener. What the rings count anyway is read when a listener asks; what would cost something is counted only
/// while somebody listens.
/// </summary>
internal static class UringMetrics
{
    internal const string MeterName = "UringSharp";

    // The state of the instruments.
    private const int None = 0;
    private const int BeingMade = 1;
    private const int There = 2;

    private const int UserTimeColumn = 11; // of /proc/self/task/*/stat, counted from behind the name
    private const double TicksPerSecond = 100; // USER_HZ: what /proc counts in, whatever the kernel's own tick

    private static readonly Lock s_lock = new();
    private static readonly HashSet<CompletionPump> s_pumps = [];
    private static UringStatistics s_ended;
    private static int s_state;

    /// <summary>Whether somebody wants to know how long operations are queued.</summary>
    internal static bool MeasuresQueueDelay => Volatile.Read(ref s_state) == There && Instruments.QueueDelay.Enabled;

    /// <summary>A ring is there.</summary>
    internal static void Add(CompletionPump pump)
    {
        lock (s_lock)
        {
            s_pumps.Add(pump);
        }

        // Not under the lock: listeners are told of each instrument, by a call.
        if (Volatile.Read(ref s_state) == None && Interlocked.CompareExchange(ref s_state, BeingMade, None) == None)
        {
            Volatile.Write(ref s_state, TryCreate() ? There : None);
        }
    }

    /// <summary>A ring has ended: its figures are kept.</summary>
    internal static void Remove(CompletionPump pump)
    {
        lock (s_lock)
        {
            if (s_pumps.Remove(pump))
            {
                pump.AddTo(ref s_ended);
            }
        }
    }

    /// <summary>The page cache was asked, on the caller's thread.</summary>
    internal static void CountPageCacheRead(bool isHit)
    {
        if (Volatile.Read(ref s_state) == There)
        {
            Instruments.CountPageCacheRead(isHit);
        }
    }

    /// <summary>An operation was taken after so long. Not by the leader itself: listeners are user code.</summary>
    internal static void RecordQueueDelay(TimeSpan delay) => PoolQueue.Add(static delay => Instruments.QueueDelay.Record(delay.TotalSeconds), delay);

    /// <summary>
    /// The runtime's part of this is an assembly of its own, and loading that needs a descriptor; and listeners may throw what they like. That keeps no ring from being made: the next
    /// tries again.
    /// </summary>
    private static bool TryCreate()
    {
        try
        {
            Instruments.Create();
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    /// <summary>The library is being unloaded.</summary>
    internal static void End()
    {
        if (Volatile.Read(ref s_state) == There)
        {
            Instruments.End();
        }
    }

    private static Measurement<int>[] Rings()
    {
        int portable;
        int all;
        lock (s_lock)
        {
            all = s_pumps.Count;
            portable = s_pumps.Count(static pump => pump.IsPortable);
        }

        return
        [
            new Measurement<int>(all - portable, new KeyValuePair<string, object?>("uringsharp.backend", "uring")),
            new Measurement<int>(portable, new KeyValuePair<string, object?>("uringsharp.backend", "portable")),
        ];
    }

    private static UringStatistics Total()
    {
        lock (s_lock)
        {
            UringStatistics total = s_ended with { Rings = s_pumps.Count };
            foreach (CompletionPump pump in s_pumps)
            {
                pump.AddTo(ref total);
            }

            return total;
        }
    }

    private static (int Count, double Seconds) Workers()
    {
        int count = 0;
        double ticks = 0;
        foreach (string task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            try
            {
                string stat = File.ReadAllText(Path.Combine(task, "stat"));
                if (!stat.Contains("(iou-wrk-", StringComparison.Ordinal))
                {
                    continue;
                }

                string[] columns = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                count++;
                ticks += double.Parse(columns[UserTimeColumn], CultureInfo.InvariantCulture) + double.Parse(columns[UserTimeColumn + 1], CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }

        return (count, ticks / TicksPerSecond);
    }

    /// <summary>Whatever needs the assembly of the instruments.</summary>
    private static class Instruments
    {
        private static readonly KeyValuePair<string, object?> s_hit = new("uringsharp.page_cache.result", "hit");
        private static readonly KeyValuePair<string, object?> s_miss = new("uringsharp.page_cache.result", "miss");

        // It lives as long as the process, as what it measures may, or until the library is unloaded.
        private static Meter? s_meter;
        private static Counter<long> s_pageCacheReads = null!;

        internal static Histogram<double> QueueDelay { get; private set; } = null!;

        internal static void End() => s_meter?.Dispose();

        internal static void Create()
        {
            try
            {
                CreateAll();
            }
            catch
            {
                s_meter?.Dispose();
                throw;
            }
        }

        private static void CreateAll()
        {
            Meter meter = new(MeterName, typeof(UringMetrics).Assembly.GetName().Version?.ToString());
            s_meter = meter;
            Count("uringsharp.submissions", "{submission}", "Submitted to the kernel.", static total => total.Submissions);
            Count("uringsharp.completions", "{completion}", "Answers received from the kernel.", static total => total.Completions);
            Count("uringsharp.batches", "{batch}", "How often answers were taken.", static total => total.Batches);
            Count("uringsharp.overflows", "{overflow}", "How often the kernel had more answers than its queue has room for.", static total => total.Overflows);
            Count("uringsharp.wakeups", "{wakeup}", "How often another thread has ended the sleep of a ring's thread.", static total => total.WakeUps);
            Count("uringsharp.takeovers", "{takeover}", "How often a continuation overstayed and another thread took the lead.", static total => total.Takeovers);
            Count("uringsharp.spilled_continuations", "{continuation}", "Continuations the thread pool helped with.", static total => total.SpilledContinuations);
            meter.CreateObservableCounter(
                "uringsharp.cancellations",
                static () =>
                {
                    UringStatistics total = Total();
                    return new[]
                    {
                        new Measurement<long>(total.Cancellations, new KeyValuePair<string, object?>("uringsharp.cancellation.outcome", "cancelled")),
                        new Measurement<long>(total.CancellationsTooLate, new KeyValuePair<string, object?>("uringsharp.cancellation.outcome", "too_late")),
                    };
                },
                "{operation}",
                "Operations that somebody asked to end early, by whether they did.");
            meter.CreateObservableUpDownCounter("uringsharp.in_flight", static () => Total().InFlight, "{submission}", "Submissions not yet answered.");
            meter.CreateObservableUpDownCounter("uringsharp.rings", Rings, "{ring}", "Rings in use, by what drives them.");
            meter.CreateObservableUpDownCounter("uringsharp.threads", static () => Total().PumpThreads, "{thread}", "Threads of the rings.");
            meter.CreateObservableGauge("uringsharp.io_wq.threads", static () => Workers().Count, "{thread}", "The kernel's own threads for requests that block (iou-wrk).");
            meter.CreateObservableGauge("uringsharp.io_wq.time", static () => Workers().Seconds, "s", "Processor time of the kernel's threads that live at the moment.");
            s_pageCacheReads = meter.CreateCounter<long>(
                "uringsharp.page_cache.reads", "{read}", "Reads for which the page cache was asked first, by whether it had the bytes.");
            QueueDelay = meter.CreateHistogram<double>("uringsharp.queue.delay", "s", "How long an operation waits until a ring's thread takes it; a sample of them.");

            void Count(string name, string unit, string description, Func<UringStatistics, long> figure) =>
                meter.CreateObservableCounter(name, () => figure(Total()), unit, description);
        }

        internal static void CountPageCacheRead(bool isHit)
        {
            if (s_pageCacheReads.Enabled)
            {
                s_pageCacheReads.Add(1, isHit ? s_hit : s_miss);
            }
        }
    }
}
