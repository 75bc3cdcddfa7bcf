using System.Globalization;

namespace UringSharp.Tests.Model;

/// <summary>
/// A file that is open once at most, as a <see cref="UringFile"/> or as a <see cref="UringFileStream"/>, and what it must contain. What is written through is compared as another
/// program sees it when the file is closed.
/// </summary>
internal sealed class FileModel : IDisposable
{
    private const int Growth = 40_000;

    private static readonly int[] s_bufferSizes = [0, 1, 16, 100, 4096, 65_536];

    private readonly ModelPlaces _places;
    private readonly string _path;
    private readonly Random _bytes;

    // It grows with zeros, cuts, and has a position, as a file does.
    private readonly MemoryStream _content = new();
    private UringFile? _file;
    private UringFileStream? _stream;
    private int _place;

    public FileModel(ModelPlaces places, string path, int seed)
    {
        _places = places;
        _path = path;
        _bytes = new Random(seed);
        File.WriteAllBytes(path, []);
    }

    /// <summary>Opens it, unless it is open.</summary>
    public void Open(ModelStep step)
    {
        if (_file is not null || _stream is not null)
        {
            return;
        }

        _place = step.Place;
        FileMode mode = (step.Variant % 6) switch
        {
            0 => FileMode.Create,
            1 => FileMode.Truncate,
            2 => FileMode.OpenOrCreate,
            _ => FileMode.Open,
        };
        if (mode is FileMode.Create or FileMode.Truncate)
        {
            _content.SetLength(0);
        }

        if (step.Action == ModelAction.FileOpen)
        {
            _file = _places.Open(
                step.Place, context => UringFile.OpenAsync(_path, mode, FileAccess.ReadWrite, new UringFileOptions { Context = context }).AsTask(), "OpenAsync");
        }
        else
        {
            // Without a lock: a process that somebody has just started would have it for a moment more.
            FileStreamOptions options = new()
            {
                Mode = mode,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite,
                BufferSize = s_bufferSizes[step.Offset % s_bufferSizes.Length],
            };
            _stream = _places.Open(step.Place, _ => UringFileStream.OpenAsync(_path, options).AsTask(), "OpenAsync");
            _content.Position = 0;
        }
    }

    /// <summary>Does what a step says, where it is for what is open.</summary>
    public void Use(ModelStep step)
    {
        if (_file is not null && step.Action < ModelAction.StreamOpen)
        {
            Use(_file, step);
        }
        else if (_stream is not null && step.Action > ModelAction.StreamOpen)
        {
            Use(_stream, step);
            Require(_stream.Position == _content.Position, $"The position is {_stream.Position} ({this}).");
            Require(_stream.Length == _content.Length, $"The length is {_stream.Length} ({this}).");
        }
    }

    /// <summary>Closes it, and compares the file.</summary>
    public void Close(ModelStep step)
    {
        if (_file is not null)
        {
            UringFile file = _file;
            _file = null;
            Close(file, step);
            ModelWait.Throws<ObjectDisposedException>(_places.Start(step.Caller, () => file.ReadAsync(new byte[1], 0).AsTask()), "ReadAsync of a disposed file");
            Compare();
        }
        else if (_stream is not null)
        {
            UringFileStream stream = _stream;
            _stream = null;
            Close(stream, step);
            ModelWait.Throws<ObjectDisposedException>(_places.Start(step.Caller, () => stream.ReadAsync(new byte[1]).AsTask()), "ReadAsync of a disposed stream");
            Compare();
        }
    }

    /// <summary>All that belongs to this place has been disposed with it.</summary>
    public void PlaceEnded(int place, ModelStep step)
    {
        if (_file is not null && _place == place)
        {
            ModelWait.Throws<ObjectDisposedException>(_places.Start(step.Caller, () => _file.ReadAsync(new byte[1], 0).AsTask()), "ReadAsync of a disposed context");
            Close(step);
        }
        else if (_stream is not null && _place == place && place == ModelPlaces.Loop)
        {
            // What the stream has gathered it may not be able to write any more; it says so.
            UringFileStream stream = _stream;
            _stream = null;
            Task disposing = _places.Start(step.Caller, () => stream.DisposeAsync().AsTask());
            ModelWait.End(disposing, "DisposeAsync");
            byte[] there = File.ReadAllBytes(_path);
            Require(!disposing.IsCompletedSuccessfully || there.AsSpan().SequenceEqual(Content), "A stream of a loop that has ended lost what it had gathered, and did not say so.");
            _content.SetLength(0);
            _content.Write(there);
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"length {_content.Length}, position {_content.Position}");

    public void Dispose()
    {
        _file?.Dispose();
        try
        {
            _stream?.Dispose();
        }
        catch (Exception)
        {
            // The run has failed already.
        }
    }

    private ReadOnlySpan<byte> Content => _content.GetBuffer().AsSpan(0, (int)_content.Length);

    private static void Require(bool isSo, string otherwise)
    {
        if (!isSo)
        {
            throw new ModelException(otherwise);
        }
    }

    private void Close<T>(T what, ModelStep step)
        where T : IDisposable, IAsyncDisposable
    {
        Task disposing = _places.Start(step.Caller, () =>
        {
            if (step.Variant % 3 == 0)
            {
                what.Dispose();
            }

            return what.DisposeAsync().AsTask();
        });
        ModelWait.End(disposing, "DisposeAsync");
        disposing.GetAwaiter().GetResult();
    }

    private void Compare()
    {
        byte[] there = File.ReadAllBytes(_path);
        int same = there.AsSpan().CommonPrefixLength(Content);
        Require(same == there.Length && same == _content.Length, $"The file has {there.Length} bytes; those from {same} on are others ({this}).");
    }

    private static void Answer(Task task, string what)
    {
        ModelWait.End(task, what);
        task.GetAwaiter().GetResult();
    }

    private byte[] NewBytes(int size)
    {
        byte[] bytes = new byte[size];
        _bytes.NextBytes(bytes);
        return bytes;
    }

    private void Use(UringFile file, ModelStep step)
    {
        switch (step.Action)
        {
            case ModelAction.FileRead:
                Read(file, step);
                break;
            case ModelAction.FileReadAtOnce:
                ReadAtOnce(file, step);
                break;
            case ModelAction.FileReadCancelled:
                ReadCancelled(file, step);
                break;
            case ModelAction.FileWrite:
                Write(file, step);
                break;
            case ModelAction.FileWriteCancelled:
                WriteCancelled(file, step);
                break;
            case ModelAction.FileSetLength:
                Answer(_places.Start(step.Caller, () => file.SetLengthAsync(step.Offset).AsTask()), "SetLengthAsync");
                _content.SetLength(step.Offset);
                break;
            case ModelAction.FileFlush:
                Answer(_places.Start(step.Caller, () => file.FlushAsync(dataOnly: step.Variant % 2 == 0).AsTask()), "FlushAsync");
                break;
            default:
                break;
        }

        long length = ModelWait.Answer(_places.Start(step.Caller, () => file.GetLengthAsync().AsTask()), "GetLengthAsync");
        Require(length == _content.Length, $"The length is {length} ({this}).");
    }

    private void Read(UringFile file, ModelStep step)
    {
        byte[] buffer = new byte[step.Size];
        long read;
        if (step.Variant % 3 == 0)
        {
            int cut = step.Size / 3;
            Memory<byte>[] parts = [buffer.AsMemory(0, cut), buffer.AsMemory(cut, 0), buffer.AsMemory(cut)];
            read = ModelWait.Answer(_places.Start(step.Caller, () => file.ReadAsync(parts, step.Offset).AsTask()), "A read into many buffers");
        }
        else
        {
            read = ModelWait.Answer(_places.Start(step.Caller, () => file.ReadAsync(buffer, step.Offset).AsTask()), "A read");
        }

        RequireBytes(buffer, read, step.Offset);
    }

    private void ReadAtOnce(UringFile file, ModelStep step)
    {
        var reads = new (Task<int> Task, byte[] Buffer, int Offset)[8];
        for (int i = 0; i < reads.Length; i++)
        {
            byte[] buffer = new byte[step.Size];
            int offset = step.Offset * i;
            reads[i] = (_places.Start((step.Caller + i) % ModelPlaces.Callers, () => file.ReadAsync(buffer, offset).AsTask()), buffer, offset);
        }

        foreach ((Task<int> task, byte[] buffer, int offset) in reads)
        {
            RequireBytes(buffer, ModelWait.Answer(task, "One of several reads"), offset);
        }
    }

    /// <summary>A read whose token is cancelled before, or meanwhile, delivers all or nothing.</summary>
    private void ReadCancelled(UringFile file, ModelStep step)
    {
        byte[] buffer = new byte[step.Size];
        using CancellationTokenSource source = new();
        Task cancelling = Cancelling(source, step);
        Task<int> reading = _places.Start(step.Caller, () => file.ReadAsync(buffer, step.Offset, source.Token).AsTask());
        ModelWait.End(cancelling, "Cancel");
        if (IsCancelled(reading, source, step))
        {
            return;
        }

        RequireBytes(buffer, reading.Result, step.Offset);
    }

    private void Write(UringFile file, ModelStep step)
    {
        byte[] bytes = NewBytes(step.Size);
        if (step.Variant % 3 == 0)
        {
            int cut = step.Size / 3;
            ReadOnlyMemory<byte>[] parts = [bytes.AsMemory(0, cut), bytes.AsMemory(cut, 0), bytes.AsMemory(cut)];
            Answer(_places.Start(step.Caller, () => file.WriteAsync(parts, step.Offset).AsTask()), "A write of many buffers");
        }
        else
        {
            Answer(_places.Start(step.Caller, () => file.WriteAsync(bytes, step.Offset).AsTask()), "A write");
        }

        Change(bytes, step.Offset);
    }

    /// <summary>A write whose token is cancelled before has written nothing, and one that is cancelled meanwhile a part at most: each byte is the old one or the new one.</summary>
    private void WriteCancelled(UringFile file, ModelStep step)
    {
        byte[] bytes = NewBytes(step.Size);
        using CancellationTokenSource source = new();
        Task cancelling = Cancelling(source, step);
        Task writing = _places.Start(step.Caller, () => file.WriteAsync(bytes, step.Offset, source.Token).AsTask());
        ModelWait.End(cancelling, "Cancel");
        if (!IsCancelled(writing, source, step))
        {
            Change(bytes, step.Offset);
            return;
        }

        byte[] old = Content.ToArray();
        if (IsBefore(step))
        {
            return;
        }

        Change(bytes, step.Offset);
        byte[] there = File.ReadAllBytes(_path);
        for (int i = 0; i < there.Length; i++)
        {
            bool isOld = there[i] == (i < old.Length ? old[i] : 0);
            Require(i < _content.Length && (isOld || there[i] == Content[i]), $"Byte {i} is neither what was there nor what was written.");
        }

        Require(there.Length >= old.Length, "A cancelled write has cut the file.");
        _content.SetLength(0);
        _content.Write(there);
    }

    private static bool IsBefore(ModelStep step) => step.Variant % 2 == 0;

    private static Task Cancelling(CancellationTokenSource source, ModelStep step)
    {
        if (!IsBefore(step))
        {
            return Task.Run(source.Cancel);
        }

        source.Cancel();
        return Task.CompletedTask;
    }

    private static bool IsCancelled(Task task, CancellationTokenSource source, ModelStep step)
    {
        ModelWait.End(task, "A cancelled call");
        try
        {
            task.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException e)
        {
            Require(e.CancellationToken == source.Token, "The exception has another token.");
            return true;
        }

        Require(!IsBefore(step), "A token that was cancelled before was not looked at.");
        return false;
    }

    private void Change(byte[] bytes, long offset)
    {
        if (bytes.Length == 0)
        {
            return;
        }

        _content.Position = offset;
        _content.Write(bytes);
    }

    private void RequireBytes(byte[] buffer, long read, long offset)
    {
        long expected = Math.Clamp(_content.Length - offset, 0, buffer.Length);
        Require(read == expected, $"{read} bytes were read at {offset}, not {expected} ({this}).");
        Require(read == 0 || buffer.AsSpan(0, (int)read).SequenceEqual(Content.Slice((int)offset, (int)read)), $"What was read at {offset} is not what was written ({this}).");
    }

    private void Use(UringFileStream stream, ModelStep step)
    {
        switch (step.Action)
        {
            case ModelAction.StreamRead:
                Read(stream, step);
                break;
            case ModelAction.StreamReadCancelled:
                using (CancellationTokenSource source = new())
                {
                    byte[] buffer = new byte[step.Size];
                    Task cancelling = Cancelling(source, step);
                    Task<int> reading = _places.Start(step.Caller, () => stream.ReadAsync(buffer.AsMemory(), source.Token).AsTask());
                    ModelWait.End(cancelling, "Cancel");
                    if (!IsCancelled(reading, source, step))
                    {
                        RequireNext(buffer, reading.Result);
                    }
                }

                break;
            case ModelAction.StreamWrite:
                Write(stream, step);
                break;
            case ModelAction.StreamSeek:
                Seek(stream, step);
                break;
            case ModelAction.StreamSetLength:
                stream.SetLength(step.Offset);
                _content.SetLength(step.Offset);
                break;
            case ModelAction.StreamFlush:
                Answer(_places.Start(step.Caller, () => stream.FlushAsync(flushToDisk: step.Variant == 0).AsTask()), "FlushAsync");
                Compare();
                break;
            case ModelAction.StreamCopy:
                MemoryStream copy = new();
                Answer(_places.Start(step.Caller, () => stream.CopyToAsync(copy, 1 + step.Size)), "CopyToAsync");
                RequireNext(copy.ToArray(), (int)copy.Length);
                Require(_content.Position >= _content.Length, $"The copy has ended early ({this}).");
                break;
            default:
                break;
        }
    }

    private void Read(UringFileStream stream, ModelStep step)
    {
        byte[] buffer = new byte[step.Size];
        switch (step.Variant % 4)
        {
            case 0:
                RequireNext(buffer, stream.Read(buffer));
                break;
            case 1:
                int value = stream.ReadByte();
                RequireNext([(byte)value], value < 0 ? 0 : 1);
                break;
            default:
                RequireNext(buffer, ModelWait.Answer(_places.Start(step.Caller, () => stream.ReadAsync(buffer.AsMemory()).AsTask()), "A read"));
                break;
        }
    }

    private void Write(UringFileStream stream, ModelStep step)
    {
        if (stream.Position > Growth)
        {
            return;
        }

        byte[] bytes = NewBytes(step.Variant % 4 == 1 ? 1 : step.Size);
        switch (step.Variant % 4)
        {
            case 0:
                stream.Write(bytes);
                break;
            case 1:
                stream.WriteByte(bytes[0]);
                break;
            default:
                Answer(_places.Start(step.Caller, () => stream.WriteAsync(bytes.AsMemory()).AsTask()), "A write");
                break;
        }

        if (bytes.Length > 0)
        {
            _content.Write(bytes);
        }
    }

    private void Seek(UringFileStream stream, ModelStep step)
    {
        switch (step.Variant % 4)
        {
            case 0:
                stream.Position = step.Offset;
                _content.Position = step.Offset;
                break;
            case 1:
                Require(stream.Seek(0, SeekOrigin.End) == _content.Seek(0, SeekOrigin.End), "Seek has gone elsewhere.");
                break;
            case 2:
                long back = -Math.Min(step.Size, _content.Position);
                Require(stream.Seek(back, SeekOrigin.Current) == _content.Seek(back, SeekOrigin.Current), "Seek has gone elsewhere.");
                break;
            default:
                Require(stream.Seek(step.Offset, SeekOrigin.Begin) == _content.Seek(step.Offset, SeekOrigin.Begin), "Seek has gone elsewhere.");
                break;
        }
    }

    /// <summary>What a stream has read is what comes next; nothing only at the end.</summary>
    private void RequireNext(byte[] buffer, int read)
    {
        long left = Math.Max(_content.Length - _content.Position, 0);
        Require(read <= left, $"{read} bytes were read where {left} are left ({this}).");
        Require(read > 0 || left == 0 || buffer.Length == 0, $"The end has come early ({this}).");
        Require(read == 0 || buffer.AsSpan(0, read).SequenceEqual(Content.Slice((int)_content.Position, read)), $"What was read is not what was written ({this}).");
        _content.Position += read;
    }
}
