using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using UringSharp.Engine;
using UringSharp.Engine.Operations;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp;

/// <summary>
/// Any descriptor that poll(2) knows (an eventfd, timerfd, inotify, signalfd, pidfd, a socket, pipe, terminal or device of a native library) as something to await.
/// A wait occupies no thread, consumes nothing, and ends at once when it is cancelled. All members may be called from any thread and at the same time.
/// <para>
/// A regular file, a folder and a block device are always ready to be read and written, as with poll(2); epoll(7) would refuse them. A signalfd tells the signals
/// that wait for the process, not those for the thread that asks: it is polled from the ring's thread.
/// </para>
/// </summary>
public sealed class UringHandle : IDisposable, IAsyncDisposable
{
    private const PollEvents Known =
        PollEvents.Read | PollEvents.Priority | PollEvents.Write | PollEvents.Error | PollEvents.HangUp | PollEvents.ReadHangUp;

    private readonly PipeHandle _handle;

    private UringHandle(SafeFileHandle own, CompletionPump pump)
    {
        bool isCharacterDevice = NativeMethods.FileTypeOf((int)own.DangerousGetHandle()) == (int)NativeFileType.Character;
        _handle = new PipeHandle(own, null, pump, peerSeen: true, endIsFinal: false, TransferWay.Ring, isOfHandle: true) { BlocksWriters = isCharacterDevice };
        _handle.LeaveToOwner();
    }

    /// <summary>Closes what nobody has disposed of, once nobody awaits anything of it.</summary>
    ~UringHandle()
    {
        if (!_handle.TryCloseForgotten())
        {
            GC.ReRegisterForFinalize(this);
        }
    }

    /// <summary>Makes what an open handle refers to something to await.</summary>
    /// <param name="handle">The handle.</param>
    /// <param name="ownsHandle">
    /// False: a private duplicate of it is used (fcntl(2), F_DUPFD_CLOEXEC), and whoever owns the handle may close it at any time, by whatever means: nothing is ever asked
    /// or told by its number once this method has returned. What it refers to stays open until this object is disposed as well. True: the descriptor belongs to
    /// this object. It is taken out of a <see cref="SafeFileHandle"/>, which counts as closed from then on; of any other handle a duplicate is taken, and the handle closed at once.
    /// </param>
    /// <param name="context">The context this object belongs to; null for that of the <see cref="UringLoop"/> whose thread this is, or else <see cref="UringContext.Default"/>.</param>
    /// <returns>The object. Its flags, such as O_NONBLOCK, are those of the handle and stay as they are.</returns>
    /// <exception cref="ArgumentException">The handle is invalid.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed, or the context is disposed.</exception>
    /// <exception cref="UnauthorizedAccessException">The handle's number is no open descriptor (EBADF).</exception>
    /// <exception cref="IOException">No further descriptor can be had (EMFILE); HResult is the errno of fcntl(2).</exception>
    public static UringHandle FromHandle(SafeHandle handle, bool ownsHandle = false, UringContext? context = null)
    {
        HandleArgument.Check(handle);
        CompletionPump pump = UringContext.PumpFor(context);
        bool taken = false;
        try
        {
            handle.DangerousAddRef(ref taken);
            int descriptor = (int)handle.DangerousGetHandle();
            if (ownsHandle && handle is SafeFileHandle file)
            {
                _ = Descriptor.Flags(descriptor, null);
                return new UringHandle(file, pump);
            }

            SafeFileHandle own = Descriptor.Duplicate(descriptor);
            if (ownsHandle)
            {
                handle.Dispose();
            }

            return new UringHandle(own, pump);
        }
        finally
        {
            if (taken)
            {
                handle.DangerousRelease();
            }
        }
    }

    /// <summary>As <see cref="FromHandle"/>, for a descriptor known by its number.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="ownsHandle">False: a private duplicate is used. True: the descriptor belongs to this object, and nobody else closes it.</param>
    /// <param name="context">The context this object belongs to; null for that of the <see cref="UringLoop"/> whose thread this is, or else <see cref="UringContext.Default"/>.</param>
    /// <returns>The object.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="ObjectDisposedException">The context is disposed.</exception>
    /// <exception cref="UnauthorizedAccessException">The number is no open descriptor (EBADF).</exception>
    /// <exception cref="IOException">No further descriptor can be had (EMFILE); HResult is the errno of fcntl(2).</exception>
    public static UringHandle FromDescriptor(int descriptor, bool ownsHandle, UringContext? context = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(descriptor);
        CompletionPump pump = UringContext.PumpFor(context);
        if (!ownsHandle)
        {
            return new UringHandle(Descriptor.Duplicate(descriptor), pump);
        }

        _ = Descriptor.Flags(descriptor, null);
        return new UringHandle(new SafeFileHandle(descriptor, ownsHandle: true), pump);
    }

    /// <summary>
    /// Waits until the descriptor is ready for one of the events at least: poll(2). What holds already is answered at once. Any number of waits may go on at the
    /// same time; each of them is answered.
    /// </summary>
    /// <param name="events">What to wait for; <see cref="PollEvents.Error"/> and <see cref="PollEvents.HangUp"/> are waited for in any case.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>
    /// The events that hold, of those asked for, and <see cref="PollEvents.Error"/> and <see cref="PollEvents.HangUp"/>; never none. Whoever else uses the descriptor may have
    /// been quicker by the time one acts on it: set O_NONBLOCK, and wait again after EAGAIN.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">No event is asked for, or one that there is not.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before anything happened.</exception>
    /// <exception cref="ObjectDisposedException">This object or its context is disposed, or was while the wait went on.</exception>
    /// <exception cref="UnauthorizedAccessException">The descriptor is not open, by somebody else's doing, or was opened with O_PATH (EBADF).</exception>
    /// <exception cref="IOException">
    /// Polling failed, with the errno in HResult: EINVAL for what can never happen to a descriptor that is always ready, such as <see cref="PollEvents.Priority"/> of a
    /// regular file.
    /// </exception>
    public ValueTask<PollEvents> WaitAsync(PollEvents events, CancellationToken cancellationToken = default)
    {
        RequireKnown(events);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<PollEvents>(cancellationToken);
        }

        _handle.Acquire();
        ValueTask<PollEvents> wait = PollWaitOperation.Start(_handle, events, cancellationToken);
        GC.KeepAlive(this);
        return wait;
    }

    /// <summary>
    /// Watches for events for as long as the result is enumerated, with one request to the kernel that stays armed. The first answer is what holds at the beginning, if anything
    /// does; each further one tells what has happened since the one before. Events that come while the code of the loop is busy are gathered into one
    /// answer; none is lost.
    /// <para>
    /// An answer tells of a change, not of a state: data that is left unread is not told again before more of it comes. So read until EAGAIN before going on, or
    /// use <see cref="WaitAsync"/>, which tells what holds. Of a regular file, which is always ready, every answer comes at once.
    /// </para>
    /// </summary>
    /// <param name="events">What to watch for; <see cref="PollEvents.Error"/> and <see cref="PollEvents.HangUp"/> are told in any case.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>
    /// The events, without an end of its own: it goes on until the loop is left, which cancels the request. Each enumeration is a watch of its own, and any number of them
    /// may go on at the same time. It throws, out of MoveNextAsync, what <see cref="WaitAsync"/> throws.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">No event is asked for, or one that there is not.</exception>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public IAsyncEnumerable<PollEvents> WatchAsync(PollEvents events, CancellationToken cancellationToken = default)
    {
        RequireKnown(events);
        ObjectDisposedException.ThrowIf(_handle.IsDisposed, this);
        return EnumerateAsync(events, cancellationToken);
    }

    /// <summary>Reads what there is: read(2). Waits without a thread until there is something. Reads begun at the same time are served one after another, in order.</summary>
    /// <param name="buffer">Where to; some descriptors want room for a whole record (8 bytes of an eventfd(2) or a timerfd). An empty one waits until there is something to read.</param>
    /// <param name="cancellationToken">Cancels the wait; nothing was read then.</param>
    /// <returns>Bytes read; 0 at the end.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing was read.</exception>
    /// <exception cref="ObjectDisposedException">This object or its context is disposed, or was while the read waited.</exception>
    /// <exception cref="UnauthorizedAccessException">The descriptor is not open for reading (EBADF).</exception>
    /// <exception cref="IOException">Reading failed; HResult is the errno of read(2).</exception>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ValueTask<int> read = _handle.ReadAsync(buffer, cancellationToken);
        GC.KeepAlive(this);
        return read;
    }

    /// <summary>Writes all of a buffer: write(2). Waits without a thread while there is no room. Writes begun at the same time are made one after another, in order.</summary>
    /// <param name="buffer">What to write.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Ends when all is written.</returns>
    /// <exception cref="PipeWriteCanceledException">The token was cancelled after a part had been written; it tells how much.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; nothing was written.</exception>
    /// <exception cref="ObjectDisposedException">This object or its context is disposed, or was while the write waited; a part may have been written.</exception>
    /// <exception cref="UnauthorizedAccessException">The descriptor is not open for writing (EBADF).</exception>
    /// <exception cref="IOException">Writing failed; HResult is the errno of write(2). A part may have been written.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ValueTask write = _handle.WriteAsync(buffer, cancellationToken);
        GC.KeepAlive(this);
        return write;
    }

    /// <summary>
    /// Refuses further requests, ends pending ones with <see cref="ObjectDisposedException"/>, and closes the descriptor (the duplicate, where the handle was borrowed) when
    /// the kernel has let go of the last. Does not wait.
    /// </summary>
    public void Dispose()
    {
        _handle.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>As <see cref="Dispose"/>.</summary>
    /// <returns>Ends when nothing uses the descriptor any more and it is closed.</returns>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _handle.DisposeAsync();
    }

    private async IAsyncEnumerable<PollEvents> EnumerateAsync(PollEvents events, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        PollWatchOperation? watch = null;
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ObjectDisposedException.ThrowIf(_handle.IsDisposed, _handle.Owner);
                bool hasEnded = true;
                int gathered = watch?.Take(out hasEnded) ?? 0;
                if (gathered == 0)
                {
                    if (hasEnded)
                    {
                        watch?.Stop();
                        watch = null;
                        watch = PollWatchOperation.Start(_handle, events);
                    }

                    gathered = await PollShotOperation.Start(_handle, watch!, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
                }
                else
                {
                    gathered = await AnswerOperation.Answer(gathered).ConfigureAwait(LoopContext.IsCurrent);
                }

                yield return (PollEvents)gathered;
            }
        }
        finally
        {
            watch?.Stop();
        }
    }

    private static void RequireKnown(PollEvents events)
    {
        if (events == PollEvents.None || (events & ~Known) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(events), events, "One or more of the events of poll(2) are to be named.");
        }
    }
}
