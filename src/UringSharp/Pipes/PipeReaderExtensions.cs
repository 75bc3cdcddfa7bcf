using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using UringSharp.Engine;
using UringSharp.Interop;

namespace UringSharp;

/// <summary>Messages and lines of a <see cref="PipeReader"/>, whatever it reads from.</summary>
public static class PipeReaderExtensions
{
    /// <summary>The longest message or line, in bytes, where the caller says nothing: 1 MiB.</summary>
    public const int DefaultMaxLength = 1 << 20;

    /// <summary>As <see cref="ReadMessagesAsync(PipeReader, ReadOnlyMemory{byte}, int, CancellationToken)"/>, for a delimiter of one byte.</summary>
    /// <param name="reader">Where to read from.</param>
    /// <param name="delimiter">What ends a message.</param>
    /// <param name="maxLength">The longest message, in bytes, without its delimiter.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>The messages; each is valid until the next is asked for.</returns>
    /// <exception cref="ArgumentNullException">The reader is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length is not positive.</exception>
    public static IAsyncEnumerable<ReadOnlySequence<byte>> ReadMessagesAsync(
        this PipeReader reader, byte delimiter, int maxLength = DefaultMaxLength, CancellationToken cancellationToken = default) =>
        ReadMessagesAsync(reader, new[] { delimiter }, maxLength, cancellationToken);

    /// <summary>
    /// Enumerates messages that end with a delimiter. The last may lack it: what lies before the pipe's end is a message too, unless it is empty.
    /// <para>
    /// Nothing is lost, however the enumeration ends. Leaving it early, or cancelling it, leaves everything behind the message seen last with the
    /// reader, where another enumeration goes on. <see cref="PipeReader.CancelPendingRead"/> ends it with an <see cref="OperationCanceledException"/> without a token.
    /// The reader is neither completed nor closed.
    /// </para>
    /// </summary>
    /// <param name="reader">Where to read from.</param>
    /// <param name="delimiter">What ends a message; one byte or more. It is copied.</param>
    /// <param name="maxLength">The longest message, in bytes, without its delimiter.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>The messages, without delimiter. Each lies in the reader's memory: it is valid until the next is asked for, or the enumerator disposed.</returns>
    /// <exception cref="ArgumentNullException">The reader is null.</exception>
    /// <exception cref="ArgumentException">The delimiter is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length is not positive.</exception>
    /// <exception cref="InvalidDataException">While enumerating: a message is longer than allowed. It stays with the reader, whole; those before it have been delivered.</exception>
    /// <exception cref="OperationCanceledException">While enumerating: the token was cancelled.</exception>
    public static IAsyncEnumerable<ReadOnlySequence<byte>> ReadMessagesAsync(
        this PipeReader reader, ReadOnlyMemory<byte> delimiter, int maxLength = DefaultMaxLength, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxLength);
        if (delimiter.IsEmpty)
        {
            throw new ArgumentException("The delimiter is empty.", nameof(delimiter));
        }

        return EnumerateAsync(reader, new Delimiter(delimiter.ToArray(), alignment: 1), maxLength, default, cancellationToken);
    }

    /// <summary>
    /// Enumerates lines of text. A line ends with "\n" or "\r\n", the last one with the pipe, unless it is empty; a lone "\r" is part of the line. A byte order
    /// mark where the enumeration begins is skipped. What is not valid in the encoding becomes what the encoding's fallback says.
    /// <para>Nothing is lost, however the enumeration ends: see <see cref="ReadMessagesAsync(PipeReader, ReadOnlyMemory{byte}, int, CancellationToken)"/>.</para>
    /// </summary>
    /// <param name="reader">Where to read from.</param>
    /// <param name="encoding">The text's encoding; null for UTF-8. Each line is decoded by itself.</param>
    /// <param name="maxLength">The longest line, in bytes, without its end.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>The lines, without their ends.</returns>
    /// <exception cref="ArgumentNullException">The reader is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length is not positive.</exception>
    /// <exception cref="InvalidDataException">While enumerating: a line is longer than allowed. It stays with the reader, whole; those before it have been delivered.</exception>
    /// <exception cref="DecoderFallbackException">While enumerating: a line is not valid, and the encoding's fallback is this exception. The line is gone, those behind it are not.</exception>
    /// <exception cref="OperationCanceledException">While enumerating: the token was cancelled.</exception>
    public static IAsyncEnumerable<string> ReadLinesAsync(
        this PipeReader reader, Encoding? encoding = null, int maxLength = DefaultMaxLength, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxLength);
        return DecodeAsync(reader, encoding ?? Encoding.UTF8, maxLength, cancellationToken);
    }

    private static async IAsyncEnumerable<string> DecodeAsync(
        PipeReader reader, Encoding encoding, int maxLength, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A unit is what a line feed takes: 2 bytes in UTF-16, 4 in UTF-32. Lines begin at whole units, and a line feed is at one.
        byte[] lineFeed = encoding.GetBytes("\n");
        byte[] carriageReturn = encoding.GetBytes("\r");
        byte[] mark = IsUnicode(encoding) ? encoding.GetBytes("\uFEFF") : [];
        IAsyncEnumerable<ReadOnlySequence<byte>> lines =
            EnumerateAsync(reader, new Delimiter(lineFeed, alignment: lineFeed.Length, carriageReturn), maxLength, mark, cancellationToken);
        await foreach (ReadOnlySequence<byte> line in lines.ConfigureAwait(LoopContext.IsCurrent))
        {
            yield return line.IsSingleSegment ? encoding.GetString(line.FirstSpan) : encoding.GetString(line);
        }
    }

    /// <summary>UTF-8, UTF-16 and UTF-32, in either byte order: what a byte order mark is for.</summary>
    private static bool IsUnicode(Encoding encoding) => encoding.CodePage is 65001 or 1200 or 1201 or 12000 or 12001;

    /// <summary>The messages; <paramref name="mark"/>, where the first begins with it, is skipped.</summary>
    private static async IAsyncEnumerable<ReadOnlySequence<byte>> EnumerateAsync(
        PipeReader reader, Delimiter delimiter, int maxLength, ReadOnlyMemory<byte> mark, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        bool isFirst = !mark.IsEmpty;
        long searched = 0;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            ReadOnlySequence<byte> rest = result.Buffer;
            SequencePosition consumed = rest.Start;

            // Whoever goes on after us, in the middle of it, shall not wait for more than there is.
            SequencePosition examined = consumed;
            try
            {
                if (result.IsCanceled)
                {
                    throw new OperationCanceledException("The pending read was cancelled.");
                }

                if (isFirst && (result.IsCompleted || !MayBecome(rest, mark.Span)))
                {
                    isFirst = false;
                    if (StartsWith(rest, mark.Span))
                    {
                        rest = rest.Slice(mark.Length);
                        examined = consumed = rest.Start;
                    }
                }

                while (!isFirst && delimiter.TryCut(ref rest, searched, out ReadOnlySequence<byte> message))
                {
                    searched = 0;
                    ThrowIfLonger(reader, message.Length, maxLength);

                    // A message that the caller has seen is consumed, also when it is the last one asked for.
                    cancellationToken.ThrowIfCancellationRequested();
                    examined = consumed = rest.Start;
                    yield return message;
                }

                if (result.IsCompleted)
                {
                    ThrowIfLonger(reader, rest.Length, maxLength);
                    examined = consumed = rest.End;
                    if (!rest.IsEmpty)
                    {
                        yield return rest;
                    }

                    yield break;
                }

                ThrowIfLonger(reader, delimiter.LeastLengthOf(rest.Length), maxLength);
                searched = isFirst ? 0 : delimiter.Searched(rest.Length);
                examined = rest.End;
            }
            finally
            {
                reader.AdvanceTo(consumed, examined);
            }
        }
    }

    private static void ThrowIfLonger(PipeReader reader, long length, int maxLength)
    {
        if (length > maxLength)
        {
            throw new InvalidDataException(ErrnoExceptions.WithPath(
                $"More than the {maxLength} bytes that are allowed come before the next delimiter.", (reader as UringPipeReader)?.Path));
        }
    }

    private static bool StartsWith(in ReadOnlySequence<byte> bytes, ReadOnlySpan<byte> expected)
    {
        SequenceReader<byte> start = new(bytes);
        return start.IsNext(expected);
    }

    /// <summary>Whether it takes more bytes to tell whether these begin with others.</summary>
    private static bool MayBecome(in ReadOnlySequence<byte> bytes, ReadOnlySpan<byte> expected) =>
        bytes.Length < expected.Length && StartsWith(bytes, expected[..(int)bytes.Length]);

    /// <summary>What ends a message, and what before it belongs to the end as well.</summary>
    private sealed class Delimiter(byte[] bytes, int alignment, byte[]? optional = null)
    {
        private readonly int _optionalLength = optional?.Length ?? 0;

        /// <summary>So many bytes at least has a message of which <paramref name="available"/> bytes are there, and no delimiter.</summary>
        internal long LeastLengthOf(long available) => available - (bytes.Length - 1) - _optionalLength;

        /// <summary>Where to go on searching when more has come behind <paramref name="available"/> bytes.</summary>
        internal long Searched(long available)
        {
            long searched = Math.Max(0, available - (bytes.Length - 1));
            return searched - (searched % alignment);
        }

        /// <summary>Takes a message off, and the delimiter behind it. There is none before <paramref name="searched"/>.</summary>
        internal bool TryCut(ref ReadOnlySequence<byte> rest, long searched, out ReadOnlySequence<byte> message)
        {
            long length = Find(rest, searched);
            if (length < 0)
            {
                message = default;
                return false;
            }

            message = rest.Slice(0, length);
            rest = rest.Slice(length + bytes.Length);
            if (optional is not null && length >= _optionalLength && StartsWith(message.Slice(length - _optionalLength), optional))
            {
                message = message.Slice(0, length - _optionalLength);
            }

            return true;
        }

        private long Find(in ReadOnlySequence<byte> rest, long searched)
        {
            if (rest.IsSingleSegment && alignment == 1)
            {
                int index = rest.FirstSpan[(int)searched..].IndexOf(bytes);
                return index < 0 ? -1 : searched + index;
            }

            SequenceReader<byte> search = new(rest);
            search.Advance(searched);
            while (search.TryReadTo(out ReadOnlySequence<byte> _, bytes, advancePastDelimiter: false))
            {
                if (search.Consumed % alignment == 0)
                {
                    return search.Consumed;
                }

                search.Advance(1);
            }

            return -1;
        }
    }
}
