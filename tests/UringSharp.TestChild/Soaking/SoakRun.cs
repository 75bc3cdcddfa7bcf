using System.Globalization;

namespace UringSharp.TestChild.Soaking;

/// <summary>Runs all jobs at the same time, over and over, and tells what was done and what is left behind.</summary>
internal sealed class SoakRun : IDisposable
{
    private static readonly TimeSpan s_longestRound = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly TimeSpan _length;
    private readonly int _seed;
    private readonly SoakWork _work;
    private readonly CancellationTokenSource _stop = new();
    private readonly Job[] _jobs;
    private readonly long _started = Environment.TickCount64;
    private TaskCompletionSource? _pause;
    private int _waiting;
    private string? _failure;

    public SoakRun(TimeSpan length, int seed, string folder, IReadOnlyList<(string Name, Func<SoakWork, Random, Task> Round)> jobs)
    {
        _length = length;
        _seed = seed;
        _work = new SoakWork(folder, _stop.Token);
        _jobs = [.. jobs.Select(static job => new Job(job.Name, job.Round))];
    }

    private TimeSpan Elapsed => TimeSpan.FromMilliseconds(Environment.TickCount64 - _started);

    /// <summary>Stops early.</summary>
    public void Stop() => _stop.Cancel();

    public void Dispose() => _stop.Dispose();

    /// <summary>True where nothing has failed and nothing is left behind.</summary>
    public async Task<bool> RunAsync()
    {
        Say($"seed {_seed}, {_length.TotalMinutes:0.##} minutes, backend {Environment.GetEnvironmentVariable("URINGSHARP_BACKEND") ?? "not chosen"}");
        Task[] running = [.. _jobs.Select((job, i) => Task.Run(() => RepeatAsync(job, unchecked(_seed + i))))];
        await SleepAsync(_length * 0.2 < s_warmUp ? _length * 0.2 : s_warmUp);
        SoakState? before = _stop.IsCancellationRequested ? null : await StateWhilePausedAsync();
        Say($"after the warm-up: {before}");
        for (int minute = 1; !_stop.IsCancellationRequested && Elapsed < _length; minute++)
        {
            var next = TimeSpan.FromMinutes(minute);
            await SleepAsync((next < _length ? next : _length) - Elapsed);
            if (Elapsed >= next)
            {
                Say($"{minute} min: {string.Join(", ", _jobs.Select(static job => $"{job.Name} {job.Rounds}"))}; {Environment.WorkingSet >> 20} MiB");
            }
        }

        await _stop.CancelAsync();
        bool hasEnded = await Task.WhenAny(Task.WhenAll(running), Task.Delay(s_longestRound)) is { } ended && !running.Any(static job => !job.IsCompleted) && ended.IsCompleted;
        if (!hasEnded)
        {
            Fail($"a round of {string.Join(", ", _jobs.Where((_, i) => !running[i].IsCompleted).Select(static job => job.Name))} does not end");
        }

        Report();
        return await IsCleanAsync(before) && _failure is null;
    }

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private void Fail(string what)
    {
        if (Interlocked.CompareExchange(ref _failure, what, null) is null)
        {
            Say($"FAILED, seed {_seed}: {what}");
        }

        _stop.Cancel();
    }

    private async Task RepeatAsync(Job job, int seed)
    {
        Random random = new(seed);
        while (!_stop.IsCancellationRequested)
        {
            if (Volatile.Read(ref _pause) is { } pause)
            {
                Interlocked.Increment(ref _waiting);
                await pause.Task;
                Interlocked.Decrement(ref _waiting);
            }

            job.RoundStarted = Environment.TickCount64;
            try
            {
                await job.Round(_work, random);
            }
            catch (Exception e)
            {
                Fail($"{job.Name}, round {job.Rounds}: {e}");
                return;
            }

            job.Rounds++;
        }
    }

    /// <summary>Until then, or until it is over, or a job hangs.</summary>
    private async Task SleepAsync(TimeSpan span)
    {
        long end = Environment.TickCount64 + (long)span.TotalMilliseconds;
        while (Environment.TickCount64 < end && !_stop.IsCancellationRequested)
        {
            await Task.Delay(200);
            foreach (Job job in _jobs)
            {
                if (Environment.TickCount64 - job.RoundStarted > s_longestRound.TotalMilliseconds && !_stop.IsCancellationRequested)
                {
                    Fail($"{job.Name} hangs in round {job.Rounds}");
                }
            }
        }
    }

    private async Task<SoakState> StateWhilePausedAsync()
    {
        TaskCompletionSource pause = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _pause, pause);
        long end = Environment.TickCount64 + (long)s_longestRound.TotalMilliseconds;
        while (Volatile.Read(ref _waiting) < _jobs.Length && !_stop.IsCancellationRequested && Environment.TickCount64 < end)
        {
            await Task.Delay(10);
        }

        if (Environment.TickCount64 >= end)
        {
            Fail("a round does not end at the warm-up's end");
        }

        SoakState state = await SoakState.SettledAsync(s_patience);
        Volatile.Write(ref _pause, null);
        Array.ForEach(_jobs, static job => job.RoundStarted = Environment.TickCount64);
        pause.SetResult();
        return state;
    }

    private void Report()
    {
        Say($"\nwhat was done in {Elapsed.TotalMinutes:0.0} minutes, seed {_seed}");
        foreach ((string name, long count) in _work.Counts)
        {
            Say($"  {name,-44}{count,14:N0}");
        }
    }

    private async Task<bool> IsCleanAsync(SoakState? before)
    {
        if (before is null)
        {
            Say($"It was stopped before the warm-up had ended: nothing to compare with.");
            return true;
        }

        long end = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        var after = SoakState.Now();
        while (!after.IsAsSmallAs(before) && Environment.TickCount64 < end)
        {
            await Task.Delay(500);
            after = SoakState.Now();
        }

        Say($"before: {before}\nafter:  {after}");
        bool isClean = after.IsAsSmallAs(before);
        if (!isClean)
        {
            Say($"{SoakState.Describe()}");
        }

        Say($"{(isClean ? "nothing is left behind" : "LEFT BEHIND: more than before")}; {(_failure is null ? "no error" : $"FAILED, seed {_seed}")}");
        return isClean;
    }

    private sealed class Job(string name, Func<SoakWork, Random, Task> round)
    {
        private long _rounds;
        private long _roundStarted = Environment.TickCount64;

        public string Name => name;

        public Func<SoakWork, Random, Task> Round => round;

        public long Rounds
        {
            get => Volatile.Read(ref _rounds);
            set => Volatile.Write(ref _rounds, value);
        }

        public long RoundStarted
        {
            get => Volatile.Read(ref _roundStarted);
            set => Volatile.Write(ref _roundStarted, value);
        }
    }
}
