using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes.Receiving;

/// <summary>Lines and messages of any reader, compared with what is known to be right.</summary>
[Category("Faults")]
public sealed class LinesAndMessagesTests
{
    private static readonly Encoding[] s_encodings =
    [
        new UTF8Encoding(false), Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32, Encoding.Latin1, Encoding.ASCII,
    ];

    [Test]
    public async Task Lines_are_those_of_a_stream_reader_however_the_bytes_are_cut([Range(0, 6)] int encodingIndex)
    {
        Encoding encoding = s_encodings[encodingIndex];
        int seed = PipeSeed();
        Random random = new(seed);
        for (int round = 0; round < 150; round++)
        {
            byte[] bytes = RandomText(random, encoding);
            List<string> expected = [];
            using (StreamReader reference = new(new MemoryStream(bytes), encoding, detectEncodingFromByteOrderMarks: false))
            {
                while (await reference.ReadLineAsync() is { } line)
                {
                    expected.Add(line);
                }
            }

            List<string> lines = [];
            PipeReader reader = Cut(bytes, random);
            await foreach (string line in reader.ReadLinesAsync(encoding))
            {
                lines.Add(line);
            }

            lines.Should().Equal(expected, $"seed {seed}, round {round}");
        }
    }

    [Test]
    public async Task Messages_are_those_of_a_naive_split_however_the_bytes_are_cut([Values(1, 2, 3)] int delimiterLength)
    {
        int seed = PipeSeed();
        Random random = new(seed);
        for (int round = 0; round < 300; round++)
        {
            // Few different bytes: the delimiter begins often and is completed seldom.
            byte[] delimiter = RandomBytes(random, delimiterLength);
            byte[] bytes = RandomBytes(random, random.Next(200));
            List<string> expected = NaiveSplit(bytes, delimiter);
            List<string> messages = [];
            PipeReader reader = Cut(bytes, random);
            bool isDone = false;
            while (!isDone)
            {
                // Left early now and then, and gone on with.
                isDone = true;
                await foreach (ReadOnlySequence<byte> message in reader.ReadMessagesAsync(delimiter))
                {
                    messages.Add(Convert.ToHexString(message.ToArray()));
                    if (random.Next(5) == 0)
                    {
                        isDone = false;
                        break;
                    }
                }
            }

            messages.Should().Equal(expected, $"seed {seed}, round {round}");
        }
    }

    [Test]
    public async Task A_line_that_is_too_long_loses_nothing_before_it_and_stays()
    {
        PipeReader reader = Cut("one\r\ntwo\nfour4\nfive"u8.ToArray(), new Random(1));
        List<string> lines = [];

        Func<Task> enumeration = async () =>
        {
            await foreach (string line in reader.ReadLinesAsync(maxLength: 3))
            {
                lines.Add(line);
            }
        };

        await enumeration.Should().ThrowAsync<InvalidDataException>();
        lines.Should().Equal("one", "two");
        await enumeration.Should().ThrowAsync<InvalidDataException>();
        await foreach (string line in reader.ReadLinesAsync(maxLength: 5))
        {
            lines.Add(line);
        }

        lines.Should().Equal("one", "two", "four4", "five");
    }

    [Test]
    public async Task A_line_that_is_too_long_is_refused_with_the_path_of_its_pipe()
    {
        using TempFolder folder = new();
        string path = folder.Fifo();
        await using UringPipeStream stream = await NamedPipe.OpenReadWriteAsync(path);
        await stream.WriteAsync("four\n"u8.ToArray());
        await using IAsyncEnumerator<string> lines = stream.ReadLinesAsync(maxLength: 3).GetAsyncEnumerator();

        (await FluentActions.Awaiting(() => Eventually.Ends(lines.MoveNextAsync().AsTask())).Should().ThrowAsync<InvalidDataException>())
            .WithMessage($"More than the 3 bytes that are allowed come before the next delimiter. : '{path}'");
    }

    [Test]
    public async Task A_message_without_an_end_is_refused_before_it_fills_the_memory()
    {
        Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 0));
        await using IAsyncEnumerator<ReadOnlySequence<byte>> messages = pipe.Reader.ReadMessagesAsync((byte)0, maxLength: 1000).GetAsyncEnumerator();
        Task<bool> next = messages.MoveNextAsync().AsTask();
        for (int i = 0; i < 10 && !next.IsCompleted; i++)
        {
            await pipe.Writer.WriteAsync(Enumerable.Repeat((byte)1, 200).ToArray());
        }

        await FluentActions.Awaiting(() => Eventually.Ends(next)).Should().ThrowAsync<InvalidDataException>();
    }

    [Test]
    public async Task The_longest_message_allowed_is_delivered_at_the_end_too()
    {
        PipeReader reader = Cut("abc;def"u8.ToArray(), new Random(1));
        List<string> messages = [];
        await foreach (ReadOnlySequence<byte> message in reader.ReadMessagesAsync((byte)';', maxLength: 3))
        {
            messages.Add(Encoding.ASCII.GetString(message));
        }

        messages.Should().Equal("abc", "def");
    }

    [Test]
    public async Task Cancelling_throws_the_callers_token_and_keeps_what_has_not_been_seen()
    {
        Pipe pipe = new();
        await pipe.Writer.WriteAsync("one\ntwo\nthr"u8.ToArray());
        using CancellationTokenSource source = new();
        List<string> lines = [];
        Func<Task> enumeration = async () =>
        {
            await foreach (string line in pipe.Reader.ReadLinesAsync(cancellationToken: source.Token))
            {
                lines.Add(line);
                await source.CancelAsync();
            }
        };

        (await enumeration.Should().ThrowAsync<OperationCanceledException>()).Which.CancellationToken.Should().Be(source.Token);
        lines.Should().Equal("one");

        using CancellationTokenSource second = new();
        Task<List<string>> waiting = Collect(pipe.Reader, lines, second.Token);
        await Eventually.Holds(() => lines.Count == 2, () => $"{lines.Count} lines");
        await second.CancelAsync();
        await FluentActions.Awaiting(() => Eventually.Ends(waiting)).Should().ThrowAsync<OperationCanceledException>();

        await pipe.Writer.WriteAsync("ee\n"u8.ToArray());
        await pipe.Writer.CompleteAsync();
        await Collect(pipe.Reader, lines, default);
        lines.Should().Equal("one", "two", "three");
    }

    [Test]
    public async Task A_cancelled_pending_read_ends_the_enumeration_aloud_and_loses_nothing()
    {
        Pipe pipe = new();
        await pipe.Writer.WriteAsync("tw"u8.ToArray());
        List<string> lines = [];
        Task<List<string>> waiting = Collect(pipe.Reader, lines, default);
        pipe.Reader.CancelPendingRead();
        await FluentActions.Awaiting(() => Eventually.Ends(waiting)).Should().ThrowAsync<OperationCanceledException>();
        await pipe.Writer.WriteAsync("o\n"u8.ToArray());
        await pipe.Writer.CompleteAsync();
        (await Collect(pipe.Reader, lines, default)).Should().Equal("two");
    }

    [Test]
    public async Task A_short_first_line_does_not_wait_for_the_length_of_a_byte_order_mark()
    {
        Pipe pipe = new();
        await pipe.Writer.WriteAsync("\n"u8.ToArray());
        await using IAsyncEnumerator<string> lines = pipe.Reader.ReadLinesAsync().GetAsyncEnumerator();

        (await Eventually.Ends(lines.MoveNextAsync().AsTask())).Should().BeTrue();
        lines.Current.Should().BeEmpty();
    }

    [Test]
    public void Arguments_are_checked_when_the_enumeration_is_made()
    {
        PipeReader reader = new Pipe().Reader;
        FluentActions.Invoking(() => reader.ReadMessagesAsync(ReadOnlyMemory<byte>.Empty)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => reader.ReadMessagesAsync(1, maxLength: 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => reader.ReadLinesAsync(maxLength: -1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => PipeReaderExtensions.ReadLinesAsync(null!)).Should().Throw<ArgumentNullException>();
    }

    private static async Task<List<string>> Collect(PipeReader reader, List<string> lines, CancellationToken token)
    {
        await foreach (string line in reader.ReadLinesAsync(cancellationToken: token))
        {
            lines.Add(line);
        }

        return lines;
    }

    private static int PipeSeed()
    {
        int seed = Random.Shared.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        return seed;
    }

    private static byte[] RandomBytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)random.Next(3);
        }

        return bytes;
    }

    private static List<string> NaiveSplit(byte[] bytes, byte[] delimiter)
    {
        List<string> messages = [];
        int start = 0;
        for (int i = 0; i + delimiter.Length <= bytes.Length;)
        {
            if (bytes.AsSpan(i, delimiter.Length).SequenceEqual(delimiter))
            {
                messages.Add(Convert.ToHexString(bytes.AsSpan(start, i - start)));
                i += delimiter.Length;
                start = i;
            }
            else
            {
                i++;
            }
        }

        if (start < bytes.Length)
        {
            messages.Add(Convert.ToHexString(bytes.AsSpan(start)));
        }

        return messages;
    }

    /// <summary>Text with all kinds of lines and characters, with or without a mark, sometimes with bytes that are no text. No lone carriage return: that is no line's end here.</summary>
    private static byte[] RandomText(Random random, Encoding encoding)
    {
        string[] pieces = ["a", "xyz", " ", "é", "€", "😀", "\u010A", "\u0A0A", "\n", "\n", "\r\n", "\uFFFD", "ÿþ"];
        StringBuilder text = new();
        for (int i = random.Next(60); i > 0; i--)
        {
            text.Append(pieces[random.Next(pieces.Length)]);
        }

        List<byte> bytes = [.. random.Next(2) == 0 ? encoding.GetPreamble() : [], .. encoding.GetBytes(text.ToString())];
        if (random.Next(3) == 0 && encoding.GetByteCount("\n") == 1)
        {
            for (int i = random.Next(5); i > 0; i--)
            {
                // Not into a mark, none that would make one, and not into a line's end.
                int index = random.Next(Math.Min(3, bytes.Count), bytes.Count + 1);
                if (index == 0 || bytes[index - 1] != (byte)'\r')
                {
                    bytes.Insert(index, (byte)random.Next(0x80, 0xFF));
                }
            }
        }

        return [.. bytes];
    }

    /// <summary>The bytes in pieces of random sizes, some of them in segments of their own.</summary>
    private static PipeReader Cut(byte[] bytes, Random random)
    {
        Pipe pipe = new(new PipeOptions(minimumSegmentSize: 1, pool: new TinyPool(), useSynchronizationContext: false));
        int seed = random.Next();
        _ = Task.Run(async () =>
        {
            Random cuts = new(seed);
            for (int i = 0; i < bytes.Length;)
            {
                int length = Math.Min(bytes.Length - i, cuts.Next(1, 9));
                await pipe.Writer.WriteAsync(bytes.AsMemory(i, length));
                i += length;
                if (cuts.Next(3) == 0)
                {
                    await Task.Yield();
                }
            }

            await pipe.Writer.CompleteAsync();
        });
        return pipe.Reader;
    }

    /// <summary>Memory in the smallest of pieces, so that everything lies across segments.</summary>
    private sealed class TinyPool : MemoryPool<byte>
    {
        public override int MaxBufferSize => 5;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => new Owner(new byte[Math.Clamp(minBufferSize, 1, 5)]);

        protected override void Dispose(bool disposing)
        {
        }

        private sealed class Owner(byte[] bytes) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory => bytes;

            public void Dispose()
            {
            }
        }
    }
}
