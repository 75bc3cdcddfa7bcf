using System.Diagnostics.CodeAnalysis;
using UringSharp.Engine;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp;

/// <summary>
/// One event loop a processor, each on a thread of its own that stays there. The same code runs on all of them, and takes its share of the work by its
/// <see cref="UringLoopShard.Index"/>; between loops go messages: <see cref="System.Threading.Channels"/>, <see cref="UringLoop.Post(Action)"/>.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A source without a timer has nothing to dispose of.")]
public sealed class UringLoopGroup
{
    private const int DescriptorsToSpare = 32;

    private readonly UringLoopGroupOptions _options;
    private readonly CancellationTokenSource _stopping = new();
    private int _isBegun;

    /// <summary>Makes a group; nothing runs yet.</summary>
    /// <param name="options">How to set it up; null for the defaults.</param>
    public UringLoopGroup(UringLoopGroupOptions? options = null) => _options = options ?? new UringLoopGroupOptions();

    /// <summary>
    /// Runs code on every loop of the group, and ends when that of each has ended and with it the loop. Where the code of one fails the others are asked to stop
    /// (<see cref="UringLoopShard.Stopping"/>); code that does not look at that token is waited for, for as long as it runs.
    /// </summary>
    /// <param name="main">The code, for each loop.</param>
    /// <param name="cancellationToken">Asks all to stop, as <see cref="Stop"/> does.</param>
    /// <returns>
    /// Ends with what the code of a loop has thrown: of several the first, and all in the task's exception. An <see cref="OperationCanceledException"/> after the group was asked to stop is
    /// how code ends that was asked, and no failure: the task of a group that was stopped, also by <paramref name="cancellationToken"/>, ends well.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="main"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The group has been run already.</exception>
    /// <exception cref="UringNotSupportedException">In the task: io_uring cannot be used here.</exception>
    /// <exception cref="IOException">In the task: a limit of the process or the system is reached.</exception>
    public Task RunAsync(Func<UringLoopShard, Task> main, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(main);
        if (Interlocked.Exchange(ref _isBegun, 1) != 0)
        {
            throw new InvalidOperationException("A group can be run once.");
        }

        Running running = new(_options, main, _stopping, cancellationToken);
        running.Start(0);
        return running.Ended;
    }

    /// <summary>Asks the code of every loop to end, by <see cref="UringLoopShard.Stopping"/>. Waits for nothing; from any thread, at any time.</summary>
    public void Stop() => _ = _stopping.CancelAsync();

    /// <summary>The threads of a group, and what they have come to.</summary>
    private sealed class Running
    {
        private readonly UringLoopGroupOptions _options;
        private readonly Func<UringLoopShard, Task> _main;
        private readonly CancellationTokenSource _stopping;
        private readonly CancellationTokenRegistration _registration;
        private readonly UringLoopShard[] _shards;
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<Exception> _failures = [];
        private readonly TaskCompletionSource<bool> _allAreThere = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left;

        internal Running(UringLoopGroupOptions options, Func<UringLoopShard, Task> main, CancellationTokenSource stopping, CancellationToken cancellationToken)
        {
            _options = options;
            _main = main;
            _stopping = stopping;
            _shards = new UringLoopShard[options.LoopCount];
            _left = _shards.Length;
            _registration = cancellationToken.UnsafeRegister(static stopping => _ = ((CancellationTokenSource)stopping!).CancelAsync(), stopping);
        }

        internal Task Ended => _ended.Task;

        /// <summary>Starts the loop of an index; each starts the next. Where one cannot be made no further one is tried, and what those there are have taken is given back.</summary>
        internal void Start(int index)
        {
            Thread thread = new(() => RunShard(index)) { IsBackground = true, Name = NameOf(index) };
            try
            {
                thread.UnsafeStart();
            }
            catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
            {
                MissFrom(index, e);
            }
        }

        private static string NameOf(int index) => $"uring-loop-{index}";

        private void RunShard(int index)
        {
            UringLoop loop;
            int processor;
            try
            {
                NativeLibraryLoader.ThrowIfUnavailable();

                // Each thread of the runtime's own takes some as well, and it ends the process where it has none.
                CompletionPump.ThrowIfFewDescriptors(DescriptorsToSpare);

                // Pinned first: the memory of its ring is then that of its own node.
                processor = _options.PinsThreads ? NativeMethods.ThreadPin((uint)index) : -1;
                loop = new UringLoop(_options.Loop, NameOf(index));
            }
            catch (Exception e)
            {
                MissFrom(index, e);
                return;
            }

            _shards[index] = new UringLoopShard(_shards, index, loop, processor >= 0 ? processor : null, _stopping.Token);
            if (index + 1 < _shards.Length)
            {
                Start(index + 1);
            }
            else
            {
                _allAreThere.SetResult(true);
            }

            Exception? failure = null;
            try
            {
                loop.RunHere(() => RunMainAsync(index)).GetAwaiter().GetResult();
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                // As it was asked to.
            }
            catch (Exception e)
            {
                failure = e;
            }

            End(failure);
        }

        private async Task RunMainAsync(int index)
        {
            // Where one is missing the code of none begins.
            if (await _allAreThere.Task.ConfigureAwait(true))
            {
                await (_main(_shards[index]) ?? throw CompletionPump.NoTask()).ConfigureAwait(true);
            }
        }

        /// <summary>A loop could not be made: the code of none begins.</summary>
        private void MissFrom(int index, Exception failure)
        {
            lock (_failures)
            {
                _failures.Add(failure);
            }

            _allAreThere.SetResult(false);
            Leave(_shards.Length - index);
        }

        private void End(Exception? failure)
        {
            if (failure is not null)
            {
                lock (_failures)
                {
                    _failures.Add(failure);
                }

                _ = _stopping.CancelAsync();
            }

            Leave(1);
        }

        private void Leave(int count)
        {
            if (Interlocked.Add(ref _left, -count) != 0)
            {
                return;
            }

            _registration.Unregister();
            if (_failures.Count > 0)
            {
                _ended.SetException(_failures);
            }
            else
            {
                _ended.SetResult();
            }
        }
    }
}
