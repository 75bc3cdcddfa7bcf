using System.Buffers;
using System.IO.Pipelines;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes.Receiving;

/// <summary>What the tests of receiving share. Each runs with the kernel's reads that go on, and as on a kernel that has none.</summary>
public abstract class ReceivingFixture(bool multishot) : PipeFixture
{
    private protected override UringOptions ContextOptions => new() { Continuations = Mode, AllowsMultishot = multishot };

    /// <summary>Whether the kernel's reads that go on are used.</summary>
    protected bool IsMultishot => multishot;

    [OneTimeSetUp]
    public void Say_where_the_kernel_lacks_it()
    {
        if (multishot && !UringSupport.Current.Supports(UringFeature.ReadMultishot))
        {
            Skip.Aloud("this kernel has no READ_MULTISHOT (Linux 6.7)");
        }
    }

    /// <summary>A reader on a new FIFO.</summary>
    private protected async Task<(PipeReader Reader, UringPipeStream Stream, string Path)> OpenReaderAsync(string name = "fifo")
    {
        (UringPipeStream stream, string path) = await OpenNewAsync(name);
        return (stream.AsPipeReader(), stream, path);
    }

    /// <summary>The next bytes, all consumed; empty at the end.</summary>
    private protected static async Task<byte[]> NextAsync(PipeReader reader)
    {
        ReadResult result = await Eventually.Ends(reader.ReadAsync().AsTask());
        byte[] bytes = result.Buffer.ToArray();
        reader.AdvanceTo(result.Buffer.End);
        return bytes;
    }

    /// <summary>So many bytes, exactly.</summary>
    private protected static async Task<byte[]> NextAsync(PipeReader reader, int count)
    {
        ReadResult result = await Eventually.Ends(reader.ReadAtLeastAsync(count).AsTask());
        byte[] bytes = result.Buffer.Slice(0, count).ToArray();
        reader.AdvanceTo(result.Buffer.GetPosition(count));
        return bytes;
    }
}
