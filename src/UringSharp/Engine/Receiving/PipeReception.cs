using System.Buffers;
using System.IO.Pipelines;

namespace UringSharp.Engine.Receiving;

/// <summary>
/// Bytes of a pipe on their way to a reader: the kernel reads whenever something comes, the leader puts it into a <see cref="Pipe"/>, the reader takes it
/// from there. When more than <see cref="PauseThreshold"/> bytes lie there unexamined, the reads are cancelled; when the reader has come down to
/// <see cref="ResumeThreshold"/>, they are begun anew. While they are paused nothing is in flight.
/// <para>
/// One operation at a time receives, and only the leader, or whoever ends the reception when there is none, writes to the pipe. What is between the leader and
/// the reader's thread is <see cref="_state"/>.
/// </para>
/// </summary>
internal sealed class PipeReception
{
    /// <summary>With so many unexamined bytes the reception pauses.</summary>
    internal const int PauseThreshold = 65536;

    /// <summary>With fewer unexamined bytes it goes on.</summary>
    internal const int ResumeThreshold = 32768;

    private readonly Pipe _pipe;
    private readonly PipeWriter _writer;
    private Action? _onResumed;
    private volatile State _state;
    private bool _stopRequested;

    /// <summary>What the kernel had read already when nobody wanted it any more here, or read before it heard of that: the next read of the pipe gets it.</summary>
    private ArrayBufferWriter<byte>? _kept;
    private int _keptTaken;
    private TaskCompletionSource? _whenEnded;
    private Exception? _failure;

    internal PipeReception(PipeHandle handle)
    {
        Handle = handle;
        _pipe = new Pipe(handle.Pump.ReceptionOptions);
        _writer = _pipe.Writer;
        CanUseMultishot = handle.EndIsFinal && handle.Way == TransferWay.NonBlocking;
    }

    private enum State
    {
        /// <summary>Not begun.</summary>
        Idle,

        /// <summary>An operation receives.</summary>
        Receiving,

        /// <summary>It has been cancelled, or is about to end by itself, because the reader lags.</summary>
        Pausing,

        /// <summary>As above, and the reader has caught up meanwhile.</summary>
        PausingInVain,

        /// <summary>There is no operation. The reader begins the next.</summary>
        Paused,

        /// <summary>There will be none.</summary>
        Ended,
    }

    /// <summary>What the bytes come from.</summary>
    internal PipeHandle Handle { get; }

    /// <summary>Where the bytes are taken from. Its writer ends without an exception, see <see cref="Failure"/>.</summary>
    internal PipeReader Reader => _pipe.Reader;

    /// <summary>Whether it has begun.</summary>
    internal bool HasBegun => _state != State.Idle;

    /// <summary>What it ended with, for the reader to throw behind the last byte; null for the pipe's own end.</summary>
    internal Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Whether nobody wants the bytes any more.</summary>
    internal bool IsStopRequested => Volatile.Read(ref _stopRequested);

    /// <summary>Whether reads of the pipe must wait for the end, or take first what was kept until then.</summary>
    internal bool IsLeaving => IsStopRequested && (_state != State.Ended || (_kept is { } kept && _keptTaken < kept.WrittenCount));

    /// <summary>The operation that receives. The leader's.</summary>
    internal ReceiveOperation? Current { get; set; }

    /// <summary>Whether the reads may be one request that goes on; not what can end more than once, such as a terminal. The leader's.</summary>
    internal bool CanUseMultishot { get; set; }

    /// <summary>Begins, where it has not begun.</summary>
    /// <exception cref="ObjectDisposedException">The pipe or its context is disposed.</exception>
    internal void Begin()
    {
        if (!HasBegun)
        {
            Handle.Acquire();
            if (Interlocked.CompareExchange(ref _state, State.Receiving, State.Idle) != State.Idle)
            {
                Handle.Release();
                return;
            }

            ReceiveOperation.Start(this);
        }
    }

    /// <summary>Ends it for want of a reader. Does not wait.</summary>
    internal void Stop()
    {
        Volatile.Write(ref _stopRequested, true);
        Interlocked.MemoryBarrier();
        if (Interlocked.CompareExchange(ref _state, State.Ended, State.Idle) is State.Idle or State.Ended)
        {
            return;
        }

        try
        {
            Handle.Acquire();
        }
        catch (ObjectDisposedException)
        {
            // What receives is being ended for that.
            return;
        }

        StopReceivingOperation.Start(this);
    }

    /// <summary>Hands over what a buffer lent to the kernel has got. The leader's. True when the reads are to pause.</summary>
    internal bool Take(ReceiveBuffers buffers, int buffer, int length)
    {
        if (IsStopRequested)
        {
            buffers.MoveTo(Kept(), buffer, length);
            return false;
        }

        buffers.MoveTo(_writer, buffer, length);
        return Flush();
    }

    /// <summary>Hands over what read(2) has got. The leader's. True when the reads are to pause.</summary>
    internal bool Take(ReadOnlySpan<byte> bytes)
    {
        if (IsStopRequested)
        {
            ReceiveBuffers.Write(Kept(), bytes);
            return false;
        }

        ReceiveBuffers.Write(_writer, bytes);
        return Flush();
    }

    /// <summary>The operation that receives has no more to come, for no reason of its own. The leader's. True when it is to end, false when it is to go on.</summary>
    internal bool TryPause()
    {
        while (_state != State.Receiving)
        {
            if (Interlocked.CompareExchange(ref _state, State.Paused, State.Pausing) == State.Pausing)
            {
                return true;
            }

            // The reader has caught up; bytes that came since may have made it lag again.
            _state = State.Receiving;
            Flush();
        }

        return false;
    }

    /// <summary>There will be no more bytes. Called once, when no operation receives any more.</summary>
    internal void End(Exception? failure)
    {
        _state = State.Ended;
        Volatile.Write(ref _failure, failure);
        _writer.Complete();

        // Whoever waits for the end is seen here, or sees the state.
        Interlocked.MemoryBarrier();
        Volatile.Read(ref _whenEnded)?.TrySetResult();
    }

    /// <summary>Ends when no more bytes can come by this way.</summary>
    internal Task WhenEnded()
    {
        TaskCompletionSource ended = Volatile.Read(ref _whenEnded)
            ?? Interlocked.CompareExchange(ref _whenEnded, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null)
            ?? _whenEnded;
        if (_state == State.Ended)
        {
            ended.TrySetResult();
        }

        return ended.Task;
    }

    /// <summary>Takes what came after the stop was asked for, by one at a time, after the end. False where there is nothing.</summary>
    internal bool TryTakeKept(Span<byte> buffer, out int length)
    {
        ReadOnlySpan<byte> rest = _kept is null ? default : _kept.WrittenSpan[_keptTaken..];
        length = Math.Min(rest.Length, buffer.Length);
        rest[..length].CopyTo(buffer);
        _keptTaken += length;
        return !rest.IsEmpty;
    }

    private ArrayBufferWriter<byte> Kept() => _kept ??= new ArrayBufferWriter<byte>();

    /// <summary>Shows the reader what has been written. True when it lags, for the first time since the reads were begun.</summary>
    private bool Flush()
    {
        ValueTask<FlushResult> flush = _writer.FlushAsync();
        if (flush.IsCompleted || _state != State.Receiving)
        {
            // Where the pause is known already this wait is not awaited twice; the state is looked at again before the reads go on.
            return false;
        }

        _state = State.Pausing;
        flush.ConfigureAwait(LoopContext.IsCurrent).GetAwaiter().UnsafeOnCompleted(_onResumed ??= OnResumed);
        return true;
    }

    /// <summary>The reader has caught up, or is gone. Runs on its thread, inside AdvanceTo or Complete, or on the leader's, inside <see cref="Flush"/>.</summary>
    private void OnResumed()
    {
        if (Interlocked.CompareExchange(ref _state, State.PausingInVain, State.Pausing) == State.Pausing
            || Interlocked.CompareExchange(ref _state, State.Receiving, State.Paused) != State.Paused)
        {
            return;
        }

        if (IsStopRequested)
        {
            End(null);
            return;
        }

        try
        {
            Handle.Acquire();
        }
        catch (ObjectDisposedException e)
        {
            End(e);
            return;
        }

        ReceiveOperation.Start(this);
    }
}
