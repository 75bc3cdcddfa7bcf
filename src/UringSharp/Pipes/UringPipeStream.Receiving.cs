using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using UringSharp.Engine;

namespace UringSharp;

/// <content>Receiving: the kernel reads whenever something comes, and a <see cref="PipeReader"/> hands it out.</content>
public sealed partial class UringPipeStream
{
    private PipeReader? _reader;

    /// <summary>
    /// A reader of this pipe. From its first ReadAsync on bytes are received as they come, without a request for each read and without a buffer for as long as
    /// none come; the reader hands them out until it has caught up. While more than 64 KiB lie unexamined the reception pauses; what the kernel
    /// had read by then is still taken, at most 512 KiB. All the rest stays with the writer.
    /// <para>
    /// The pipe's end completes the reader; after <see cref="ReopenAsync"/> this method answers another one, for the next writers. A failure of read(2), or the end of the stream or its context (<see cref="ObjectDisposedException"/>), is thrown by the
    /// read behind the last byte received. A read that is cancelled, by its token or by <see cref="PipeReader.CancelPendingRead"/>, loses nothing: bytes wait
    /// for the next. <see cref="PipeReader.Complete"/> ends the reception, waits for nothing, and leaves the stream open; what had been received and not consumed
    /// is gone with the reader, what comes later is read by the stream.
    /// </para>
    /// <para>
    /// Until the reader is completed, reads of the stream take their bytes from it, so that none is lost and the order stays. Use the one or the other at a
    /// time, not both. Do not begin with the reader while a read of the stream is pending.
    /// </para>
    /// <para>
    /// What the ring reads at its owner's position (a descriptor that others share and that cannot be opened a second time), and a pipe without an end that may not be written to, is not received in
    /// advance: its reader is <see cref="PipeReader.Create(Stream, StreamPipeReaderOptions?)"/> of this stream, which asks for bytes when it is read from.
    /// </para>
    /// </summary>
    /// <returns>The reader; the same every time, until the stream is opened anew.</returns>
    /// <exception cref="NotSupportedException">This end cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The stream is disposed.</exception>
    public PipeReader AsPipeReader()
    {
        if (Volatile.Read(ref _reader) is { } reader)
        {
            return reader;
        }

        ObjectDisposedException.ThrowIf(_handle.IsDisposed, this);
        RequireAccess(FileAccess.Read);
        PipeReader made = _handle.Reopens || _handle.Way == TransferWay.Ring
            ? PipeReader.Create(this, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true))
            : new UringPipeReader(this, _handle);
        return Interlocked.CompareExchange(ref _reader, made, null) ?? made;
    }

    /// <summary>
    /// The messages of this pipe, as <see cref="PipeReaderExtensions.ReadMessagesAsync(PipeReader, ReadOnlyMemory{byte}, int, CancellationToken)"/> of <see cref="AsPipeReader"/>.
    /// </summary>
    /// <param name="delimiter">What ends a message.</param>
    /// <param name="maxLength">The longest message, in bytes, without its delimiter.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>The messages; each is valid until the next is asked for.</returns>
    public IAsyncEnumerable<ReadOnlySequence<byte>> ReadMessagesAsync(
        ReadOnlyMemory<byte> delimiter, int maxLength = PipeReaderExtensions.DefaultMaxLength, CancellationToken cancellationToken = default) =>
        AsPipeReader().ReadMessagesAsync(delimiter, maxLength, cancellationToken);

    /// <summary>
    /// The messages of this pipe, as <see cref="PipeReaderExtensions.ReadMessagesAsync(PipeReader, byte, int, CancellationToken)"/> of <see cref="AsPipeReader"/>.
    /// </summary>
    /// <param name="delimiter">What ends a message.</param>
    /// <param name="maxLength">The longest message, in bytes, without its delimiter.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>The messages; each is valid until the next is asked for.</returns>
    public IAsyncEnumerable<ReadOnlySequence<byte>> ReadMessagesAsync(
        byte delimiter, int maxLength = PipeReaderExtensions.DefaultMaxLength, CancellationToken cancellationToken = default) =>
        AsPipeReader().ReadMessagesAsync(delimiter, maxLength, cancellationToken);

    /// <summary>
    /// The lines of this pipe, as <see cref="PipeReaderExtensions.ReadLinesAsync"/> of <see cref="AsPipeReader"/>. However the enumeration ends, by its token for one, nothing is lost: another one
    /// goes on where it ended, in the middle of a line too.
    /// </summary>
    /// <param name="encoding">The text's encoding; null for UTF-8.</param>
    /// <param name="maxLength">The longest line, in bytes, without its end.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>The lines, without their ends.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length is not positive.</exception>
    /// <exception cref="InvalidDataException">While enumerating: a line is longer than allowed. It stays in the pipe's buffer, whole.</exception>
    /// <exception cref="OperationCanceledException">While enumerating: the token was cancelled.</exception>
    public IAsyncEnumerable<string> ReadLinesAsync(
        Encoding? encoding = null, int maxLength = PipeReaderExtensions.DefaultMaxLength, CancellationToken cancellationToken = default) =>
        AsPipeReader().ReadLinesAsync(encoding, maxLength, cancellationToken);

    /// <summary>Whether bytes are received already, so that a read has to take them from there.</summary>
    private bool Receives([NotNullWhen(true)] out UringPipeReader? reader)
    {
        reader = Volatile.Read(ref _reader) as UringPipeReader;
        return reader is not null && reader.IsInUse && !_handle.IsDisposed;
    }

    /// <summary>Whether the reader is done with, but not all that was received for it.</summary>
    private bool Leaves([NotNullWhen(true)] out UringPipeReader? reader)
    {
        reader = Volatile.Read(ref _reader) as UringPipeReader;
        return reader is not null && reader.IsLeaving && !_handle.IsDisposed;
    }

    /// <summary>Reads behind a reader that was completed: what came for it since, then the pipe.</summary>
    private async ValueTask<int> ReadBehindAsync(UringPipeReader reader, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        (bool isTaken, int length) = await reader.TakeKeptAsync(buffer, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        return isTaken ? length : await _handle.ReadAsync(buffer, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
    }

    /// <summary>The reader of a session that has ended is done with, if all it received has been consumed.</summary>
    private void LeaveReader()
    {
        if (!Receives(out UringPipeReader? reader))
        {
            if (Leaves(out _))
            {
                throw new InvalidOperationException("Bytes that came for the pipe reader have not been read yet.");
            }

            return;
        }

        if (!reader.IsFinished)
        {
            throw new InvalidOperationException("The pipe reader has bytes of this session left, or has not seen its end.");
        }

        reader.Complete();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<int> ReadFromAsync(UringPipeReader reader, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ReadResult result = await reader.ReadAsync(cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        ReadOnlySequence<byte> received = result.Buffer;
        SequencePosition consumed = received.Start;
        try
        {
            if (result.IsCanceled)
            {
                throw new OperationCanceledException("The pending read was cancelled.");
            }

            ReadOnlySequence<byte> part = received.Slice(0, Math.Min(received.Length, buffer.Length));
            part.CopyTo(buffer.Span);
            consumed = part.End;
            return (int)part.Length;
        }
        finally
        {
            reader.AdvanceTo(consumed);
        }
    }

    private static async ValueTask<PipeReadResult> AnswerCancellationAsync(ValueTask<int> read, CancellationToken cancellationToken)
    {
        try
        {
            return new PipeReadResult(await read.ConfigureAwait(LoopContext.IsCurrent));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return PipeReadResult.Canceled;
        }
    }
}
