using System.Buffers;
using System.Text;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes.Receiving;

/// <summary>Lines and messages of a pipe.</summary>
[TestFixture(true, Category = "Multishot")]
[TestFixture(false)]
[Category("Faults")]
public sealed class PipeLinesTests(bool multishot) : ReceivingFixture(multishot)
{
    [Test]
    public async Task The_lines_of_several_enumerations_are_all_there()
    {
        const int count = 5000;
        (UringPipeStream stream, string path) = await OpenNewAsync();
        var writing = Task.Run(() =>
        {
            using FifoWriter writer = new(path);
            for (int i = 0; i < count; i++)
            {
                writer.Write(Encoding.UTF8.GetBytes($"zeile {i} äöü\r\n"));
            }

            writer.Write("last"u8);
        });
        List<string> lines = [];
        bool isDone = false;
        while (!isDone)
        {
            isDone = true;
            using CancellationTokenSource source = new();
            try
            {
                await foreach (string line in stream.ReadLinesAsync(cancellationToken: source.Token).ConfigureAwait(false))
                {
                    lines.Add(line);
                    if (lines.Count % 1000 == 0)
                    {
                        isDone = false;
                        break;
                    }

                    if (lines.Count % 333 == 0)
                    {
                        await source.CancelAsync();
                    }
                }
            }
            catch (OperationCanceledException)
            {
                isDone = false;
            }
        }

        await Eventually.Ends(writing);
        lines.Should().Equal([.. Enumerable.Range(0, count).Select(static i => $"zeile {i} äöü"), "last"]);
    }

    [Test]
    public async Task A_stream_that_is_disposed_ends_the_enumeration_with_it()
    {
        (UringPipeStream stream, string path) = await OpenNewAsync();
        using FifoWriter writer = new(path);
        writer.Write("a\0b\0c"u8);
        List<string> messages = [];
        Func<Task> enumeration = async () =>
        {
            await foreach (ReadOnlySequence<byte> message in stream.ReadMessagesAsync((byte)0))
            {
                messages.Add(Encoding.ASCII.GetString(message));
                if (messages.Count == 2)
                {
                    await stream.DisposeAsync();
                }
            }
        };

        await enumeration.Should().ThrowAsync<ObjectDisposedException>().WaitAsync(Eventually.Deadline);
        messages.Should().Equal("a", "b");
    }
}
