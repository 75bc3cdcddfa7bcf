using Microsoft.Win32.SafeHandles;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <summary>
/// Opens FIFOs for writing, which needs a reader. An open that waits for one would hold a thread, or a kernel worker that other requests need (kernel facts F3 to F5), and
/// no event tells of a reader that waits in its own open: so the open is tried again, every <see cref="TickMilliseconds"/>, for all who wait, by one thread, which is there only while
/// somebody waits. A reader that comes and goes between two attempts is missed.
/// </summary>
internal static class FifoWriterOpening
{
    /// <summary>Between two attempts.</summary>
    internal const int TickMilliseconds = 20;

    private const NativeOpenFlags Flags = NativeOpenFlags.WriteOnly | NativeOpenFlags.Nonblock;

    private static readonly Lock s_lock = new();
    private static readonly LinkedList<Waiter> s_waiting = [];
    private static bool s_ticks;

    /// <summary>Opens; waits for a reader without holding anything up.</summary>
    internal static ValueTask<OpenedPath> OpenAsync(CompletionPump pump, string path, CancellationToken cancellationToken) =>
        PathOpening.EndWithAsync(pump, OpenAsync, path, cancellationToken);

    private static async ValueTask<OpenedPath> OpenAsync(string path, CancellationToken cancellationToken)
    {
        if (PathOpening.TryFromCache(path, Flags) is { } opened)
        {
            return RequireFifo(opened, path);
        }

        Attempt first = await BlockingPool.Shared.RunAsync(
            static path => Try(path), path, cancellationToken, static late => late.Path.Handle.Dispose()).ConfigureAwait(LoopContext.IsCurrent);
        return first.IsOpen ? first.Path : new OpenedPath(await new Waiter(first.Path, path).WaitAsync(cancellationToken).ConfigureAwait(LoopContext.IsCurrent), first.Path.Info);
    }

    /// <summary>Opens on this thread, which may block: the writing end, or where nobody reads a mere place holder (O_PATH), by which it is tried again.</summary>
    private static Attempt Try(string path)
    {
        int result = PathCalls.Open(path, Flags, 0);
        bool isOpen = result >= 0;
        if (result == -Errno.ENXIO)
        {
            result = PathCalls.Open(path, NativeOpenFlags.Path, 0);
        }

        if (result < 0)
        {
            throw PathOpening.Failure(-result, path);
        }

        SafeFileHandle handle = new(result, ownsHandle: true);
        try
        {
            return new Attempt(RequireFifo(new OpenedPath(handle, Descriptor.Describe(handle, path)), path), isOpen);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static OpenedPath RequireFifo(OpenedPath opened, string path)
    {
        if ((NativeFileType)opened.Info.Type == NativeFileType.Fifo)
        {
            return opened;
        }

        opened.Handle.Dispose();
        throw NotAPipe(path);
    }

    /// <summary>The exception for a path of something else.</summary>
    internal static IOException NotAPipe(string path) => new(ErrnoExceptions.WithPath("This is not a named pipe.", path), Errno.EINVAL);

    private static void Tick()
    {
        List<Waiter> waiters = [];
        while (true)
        {
            Thread.Sleep(TickMilliseconds);
            lock (s_lock)
            {
                if (s_waiting.Count == 0)
                {
                    s_ticks = false;
                    return;
                }

                waiters.AddRange(s_waiting);
            }

            foreach (Waiter waiter in waiters)
            {
                waiter.TryAgain();
            }

            waiters.Clear();
        }
    }

    /// <summary>What an attempt has opened, and whether that is the writing end.</summary>
    private readonly record struct Attempt(OpenedPath Path, bool IsOpen);

    /// <summary>The one thread's work.</summary>
    private sealed class Ticking : BlockingCall
    {
        /// <inheritdoc/>
        internal override void Run() => Tick();
    }

    /// <summary>One open that waits for its reader. Whoever takes it out of the list decides its end.</summary>
    private sealed class Waiter
    {
        private readonly TaskCompletionSource<SafeFileHandle> _task = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly SafeFileHandle _place;
        private readonly string _path;
        private readonly ulong _device;
        private readonly LinkedListNode<Waiter> _node;
        private CancellationToken _token;
        private int _isBeingTried;

        internal Waiter(OpenedPath place, string path)
        {
            _place = place.Handle;
            _device = place.Info.Device;
            _path = path;
            _node = new LinkedListNode<Waiter>(this);
        }

        internal async Task<SafeFileHandle> WaitAsync(CancellationToken token)
        {
            using SafeFileHandle place = _place;
            _token = token;
            bool starts;
            lock (s_lock)
            {
                s_waiting.AddLast(_node);
                starts = !s_ticks;
                s_ticks = true;
            }

            if (starts)
            {
                BlockingPool.Housekeeping.Queue(new Ticking());
            }

            // Unregister, not Dispose: nobody waits for a callback.
            CancellationTokenRegistration registration = token.UnsafeRegister(
                static (state, token) =>
                {
                    var waiter = (Waiter)state!;
                    if (waiter.TryLeave())
                    {
                        waiter._task.TrySetCanceled(token);
                    }
                },
                this);
            try
            {
                return await _task.Task.ConfigureAwait(LoopContext.IsCurrent);
            }
            finally
            {
                registration.Unregister();
            }
        }

        /// <summary>Tries to open it: here, or where its file system may ask a server, which may hang, by a thread that serves it alone.</summary>
        internal void TryAgain()
        {
            if (LocalDevices.Known.Contains(_device))
            {
                Open();
            }
            else if (Interlocked.Exchange(ref _isBeingTried, 1) == 0)
            {
                LocalDevices.Learn(_path, _device);
                BlockingPool.Shared.Queue(new SlowAttempt(this));
            }
        }

        private void Open()
        {
            int result;
            try
            {
                result = FileCalls.Reopen(_place, Flags);
            }
            catch (ObjectDisposedException)
            {
                // It has ended meanwhile.
                return;
            }

            if (result == -Errno.ENXIO)
            {
                return;
            }

            if (!TryLeave())
            {
                // Cancelled meanwhile: what comes too late is closed.
                if (result >= 0)
                {
                    _ = NativeMethods.Close(result);
                }
            }
            else if (result >= 0 && _token.IsCancellationRequested)
            {
                // Cancelled before its callback was registered, which is after it has begun to wait.
                _ = NativeMethods.Close(result);
                _task.TrySetCanceled(_token);
            }
            else if (result >= 0)
            {
                _task.TrySetResult(new SafeFileHandle(result, ownsHandle: true));
            }
            else
            {
                _task.TrySetException(PathOpening.Failure(-result, _path));
            }
        }

        private bool TryLeave()
        {
            lock (s_lock)
            {
                if (_node.List is null)
                {
                    return false;
                }

                s_waiting.Remove(_node);
                return true;
            }
        }

        /// <summary>An attempt that may hang.</summary>
        private sealed class SlowAttempt(Waiter waiter) : BlockingCall
        {
            /// <inheritdoc/>
            internal override void Run()
            {
                waiter.Open();
                Volatile.Write(ref waiter._isBeingTried, 0);
            }
        }
    }
}
