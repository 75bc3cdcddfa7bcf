using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace UringSharp.Tests.Files.Streams;

/// <summary>Does to one stream what a case says, and writes down what comes of it.</summary>
internal sealed class StreamRun(StreamCase @case, string path, bool isAsyncDispose)
{
    private readonly List<string> _outcomes = [];
    private byte _next;

    /// <summary>What each step answered, and the file at the end.</summary>
    public IReadOnlyList<string> Outcomes => _outcomes;

    public void Of(Func<string, FileStreamOptions, Stream> open)
    {
        File.WriteAllBytes(path, Content(@case.Length));
        Stream stream = open(path, new FileStreamOptions
        {
            Mode = @case.Mode,
            Access = @case.Access,
            Share = FileShare.ReadWrite,
            BufferSize = @case.BufferSize,
        });
        _outcomes.Add($"{stream.CanRead} {stream.CanWrite} {stream.CanSeek} {stream.CanTimeout}{State(stream)}");
        foreach (StreamStep step in @case.Steps)
        {
            _outcomes.Add($"{step} => {Outcome(() => Do(stream, step))}{State(stream)}");
        }

        _outcomes.Add("dispose => " + Outcome(() => Dispose(stream, isAsyncDispose)));
        _outcomes.Add("file => " + Text(File.ReadAllBytes(path)));
    }

    private string State(Stream stream) => $" | position {Outcome(() => Number(stream.Position))}, length {Outcome(() => Number(stream.Length))}";

    private string Outcome(Func<string> action)
    {
        try
        {
            return action();
        }
        catch (ObjectDisposedException)
        {
            // Closed file or closed stream: FileStream says now this, now that.
            return nameof(ObjectDisposedException);
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name} {e.HResult.ToString("x", CultureInfo.InvariantCulture)} {e.Message.Replace(path, "<path>", StringComparison.Ordinal)}";
        }
    }

    private string Do(Stream stream, StreamStep step)
    {
        switch (step.Action)
        {
            case StreamAction.Read:
                return Read(step.Size, buffer => stream.Read(buffer.AsSpan()));
            case StreamAction.ReadAsync:
                return Read(step.Size, buffer => Wait(stream.ReadAsync(buffer.AsMemory())));
            case StreamAction.ReadArrayAsync:
                return Read(step.Size, buffer => stream.ReadAsync(buffer, 0, buffer.Length).GetAwaiter().GetResult());
            case StreamAction.BeginRead:
                return Read(step.Size, buffer => stream.EndRead(stream.BeginRead(buffer, 0, buffer.Length, null, null)));
            case StreamAction.ReadByte:
                return Number(stream.ReadByte());
            case StreamAction.Write:
                stream.Write(Content(step.Size));
                return "done";
            case StreamAction.WriteAsync:
                Wait(stream.WriteAsync(Content(step.Size)));
                return "done";
            case StreamAction.WriteArrayAsync:
                stream.WriteAsync(Content(step.Size), 0, step.Size).GetAwaiter().GetResult();
                return "done";
            case StreamAction.BeginWrite:
                stream.EndWrite(stream.BeginWrite(Content(step.Size), 0, step.Size, null, null));
                return "done";
            case StreamAction.WriteByte:
                stream.WriteByte(_next++);
                return "done";
            case StreamAction.CancelledReadAsync:
                return Read(step.Size, buffer => Wait(stream.ReadAsync(buffer.AsMemory(), new CancellationToken(canceled: true))));
            case StreamAction.CancelledWriteAsync:
                Wait(stream.WriteAsync(Content(step.Size), new CancellationToken(canceled: true)));
                return "done";
            case StreamAction.Seek:
                return Number(stream.Seek(step.Offset, step.Origin));
            case StreamAction.SetPosition:
                stream.Position = step.Offset;
                return "done";
            case StreamAction.SetLength:
                stream.SetLength(step.Offset);
                return "done";
            case StreamAction.Flush:
                stream.Flush();
                return "done";
            case StreamAction.FlushAsync:
                stream.FlushAsync().GetAwaiter().GetResult();
                return "done";
            case StreamAction.FlushToDisk:
                FlushToDisk(stream);
                return "done";
            case StreamAction.CopyTo:
                return Copy(target => stream.CopyTo(target));
            case StreamAction.CopyToAsync:
                return Copy(target => stream.CopyToAsync(target, 7).GetAwaiter().GetResult());
            case StreamAction.Expose:
                return (stream is FileStream file ? file.SafeFileHandle : ((UringFileStream)stream).SafeFileHandle).IsClosed.ToString();
            case StreamAction.Outsider:
                Overwrite(step.Offset);
                stream.Flush();
                return "done";
            case StreamAction.Dispose:
                return Dispose(stream, isAsync: false);
            default:
                return Dispose(stream, isAsync: true);
        }
    }

    private static void FlushToDisk(Stream stream)
    {
        if (stream is FileStream file)
        {
            file.Flush(flushToDisk: true);
        }
        else
        {
            Wait(((UringFileStream)stream).FlushAsync(flushToDisk: true));
        }
    }

    private static string Dispose(Stream stream, bool isAsync)
    {
        if (isAsync)
        {
            Wait(stream.DisposeAsync());
        }
        else
        {
            stream.Dispose();
        }

        return "done";
    }

    private static string Read(int size, Func<byte[], int> read)
    {
        byte[] buffer = new byte[size];
        int count = read(buffer);
        return $"{count}: {Text(buffer)}";
    }

    private static string Copy(Action<Stream> copy)
    {
        MemoryStream target = new();
        copy(target);
        return Text(target.ToArray());
    }

    private void Overwrite(long offset)
    {
        using SafeFileHandle outsider = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        long place = Math.Abs(offset);
        long length = Math.Min(5, RandomAccess.GetLength(outsider) - place);
        if (length > 0)
        {
            RandomAccess.Write(outsider, Content((int)length), place);
        }
    }

    private static int Wait(ValueTask<int> task) => task.AsTask().GetAwaiter().GetResult();

    private static void Wait(ValueTask task) => task.AsTask().GetAwaiter().GetResult();

    private byte[] Content(int size)
    {
        byte[] content = new byte[size];
        for (int i = 0; i < size; i++)
        {
            content[i] = _next++;
        }

        return content;
    }

    private static string Text(byte[] bytes) => $"{bytes.Length} bytes {Convert.ToHexString(bytes)}";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
