using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;
using UringSharp.Engine;
using UringSharp.Engine.Receiving;

namespace UringSharp;

/// <summary>
/// The reader of a pipe that receives by itself: what the engine has received lies in a <see cref="Pipe"/>, and this takes it from there. Beside that it sees to
/// it that the code which awaits a read runs where that of every other operation does, and that a failure comes behind the last byte.
/// </summary>
internal sealed class UringPipeReader : PipeReader, IValueTaskSource<ReadResult>
{
    private static readonly Action<object?> s_deliver = static state => ((UringPipeReader)state!).Deliver();

    /// <summary>Whoever has the reader has the stream: it is not collected meanwhile.</summary>
    private readonly UringPipeStream _stream;
    private readonly PipeReception _reception;
    private readonly PipeReader _reader;
    private ManualResetValueTaskSourceCore<ReadResult> _core;
    private ValueTask<ReadResult> _pending;
    private Action? _onReceived;
    private bool _isCompleted;
    private int _isReading;

    /// <summary>What the last read has shown, until it is advanced to.</summary>
    private ReadOnlySequence<byte>? _last;
    private bool _isLastOfAll;

    /// <summary>Of the bytes that the next read shows: those that a read has shown before and that were examined. With as many and no more, a failure is due.</summary>
    private long _examined;

    internal UringPipeReader(UringPipeStream stream, PipeHandle handle)
    {
        _stream = stream;
        _reception = new PipeReception(handle);
        _reader = _reception.Reader;
    }

    /// <summary>The pipe's path, where known.</summary>
    internal string? Path => _stream.Path;

    /// <summary>Whether bytes of the pipe are to be had here, and nowhere else.</summary>
    internal bool IsInUse => _reception.HasBegun && !Volatile.Read(ref _isCompleted);

    /// <summary>Whether it was completed, and reads of the stream must take what was received since before they go on.</summary>
    internal bool IsLeaving => Volatile.Read(ref _isCompleted) && _reception.IsLeaving;

    /// <summary>Whether the pipe has ended and all that was received has been consumed.</summary>
    internal bool IsFinished { get; private set; }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        ThrowIfCompleted();
        if (Interlocked.Exchange(ref _isReading, 1) != 0)
        {
            throw new InvalidOperationException("Another read of this reader has not ended yet.");
        }

        ValueTask<ReadResult> read;
        try
        {
            _reception.Begin();
            read = _reader.ReadAsync(cancellationToken);
            GC.KeepAlive(_stream);
            if (!read.IsCompleted)
            {
                return Await(read);
            }
        }
        catch
        {
            Volatile.Write(ref _isReading, 0);
            throw;
        }

        ReadResult result;
        try
        {
            result = Check(read.GetAwaiter().GetResult());
        }
        catch (Exception e)
        {
            Volatile.Write(ref _isReading, 0);
            return e is OperationCanceledException ? ValueTask.FromCanceled<ReadResult>(cancellationToken) : ValueTask.FromException<ReadResult>(e);
        }

        if (PumpThread.Current is { } thread && thread.CountSynchronousAnswer())
        {
            return AnswerAtNextTurn(thread.Pump, result);
        }

        Volatile.Write(ref _isReading, 0);
        return new ValueTask<ReadResult>(result);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        ThrowIfCompleted();
        if (!_reader.TryRead(out result))
        {
            return false;
        }

        result = Check(result);
        return true;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_last is { } last)
        {
            _examined = consumed.Equals(examined) ? 0 : last.Slice(consumed, examined).Length;
            IsFinished = _isLastOfAll && last.Slice(consumed).IsEmpty;
            _last = null;
        }

        _reader.AdvanceTo(consumed, examined);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => _reader.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        Volatile.Write(ref _isCompleted, true);
        _reception.Stop();
        _reader.Complete(exception);
    }

    /// <summary>After <see cref="Complete"/>: waits until nothing more is received here, and takes what was received since. False where that is nothing.</summary>
    internal async ValueTask<(bool IsTaken, int Length)> TakeKeptAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await Cancellable.WaitAsync(_reception.WhenEnded(), cancellationToken).ConfigureAwait(LoopContext.IsCurrent);

        // Not under the lock: a custom memory's span is the caller's code.
        Span<byte> span = buffer.Span;
        lock (_reception)
        {
            return (_reception.TryTakeKept(span, out int length), length);
        }
    }

    /// <inheritdoc/>
    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        if (_core.GetStatus(token) == ValueTaskSourceStatus.Pending)
        {
            throw new InvalidOperationException("The result of a pending read cannot be taken: await it, or call AsTask first.");
        }

        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            _core.Reset();
            Volatile.Write(ref _isReading, 0);
        }
    }

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private ValueTask<ReadResult> Await(ValueTask<ReadResult> read)
    {
        short version = _core.Version;
        _pending = read;
        read.ConfigureAwait(LoopContext.IsCurrent).GetAwaiter().UnsafeOnCompleted(_onReceived ??= Deliver);
        return new ValueTask<ReadResult>(this, version);
    }

    private ValueTask<ReadResult> AnswerAtNextTurn(CompletionPump pump, ReadResult result)
    {
        short version = _core.Version;
        _pending = new ValueTask<ReadResult>(result);
        CallbackOperation.Deliver(pump, s_deliver, this);
        return new ValueTask<ReadResult>(this, version);
    }

    /// <summary>Ends the read that is awaited. In the dispatcher: the awaiting code may run here and now.</summary>
    private void Deliver()
    {
        ValueTask<ReadResult> read = _pending;
        _pending = default;
        ReadResult result;
        try
        {
            result = Check(read.GetAwaiter().GetResult());
        }
        catch (Exception e)
        {
            _core.SetException(e);
            return;
        }

        _core.SetResult(result);
    }

    /// <summary>The result as the caller shall see it: a failure ends the pipe only when all that came before has been examined.</summary>
    private ReadResult Check(ReadResult result)
    {
        if (!result.IsCompleted)
        {
            _last = result.Buffer;
            return result;
        }

        if (_reception.Failure is not { } failure)
        {
            _last = result.Buffer;
            _isLastOfAll = true;
            IsFinished = result.Buffer.IsEmpty;
            return result;
        }

        if (result.Buffer.Length == _examined)
        {
            _reader.AdvanceTo(result.Buffer.Start);
            throw failure;
        }

        _last = result.Buffer;
        return new ReadResult(result.Buffer, result.IsCanceled, isCompleted: false);
    }

    private void ThrowIfCompleted()
    {
        if (Volatile.Read(ref _isCompleted))
        {
            throw new InvalidOperationException("The reader was completed: it reads no more.");
        }
    }
}
