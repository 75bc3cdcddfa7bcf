using System.Globalization;

namespace UringSharp.Tests.Model;

/// <summary>
/// A pipe and what must come out of it: the bytes of all writes that have ended well, in order, of a cancelled one as many as it tells. Calls are left pending, up to a few in each
/// direction, and looked at after each step.
/// </summary>
internal sealed class PipeModel : IDisposable
{
    private const int MostPending = 3;
    private const int BrokenPipe = 32;

    private readonly ModelPlaces _places;
    private readonly Random _bytes;
    private readonly string _folder;

    private readonly List<byte> _sent = [];
    private readonly List<byte> _received = [];
    private readonly List<PendingRead> _reads = [];
    private readonly List<PendingWrite> _writes = [];

    // A new one each time: what is left in a FIFO stays there as long as anybody has it open, a process that somebody has just started too.
    private string _path = string.Empty;
    private UringPipeStream? _reader;
    private UringPipeStream? _writer;
    private int _readerPlace;
    private int _writerPlace;
    private bool _isNamed;
    private bool _neverEnds;

    // A write that the end of its stream has cut: it does not tell how much of it is in the pipe.
    private byte[] _uncertain = [];
    private bool _hasEnded;

    // A read into nothing answers 0 at the end and where there are bytes: which of the two it has met it does not tell.
    private bool _mayHaveEnded;

    public PipeModel(ModelPlaces places, string folder, int seed)
    {
        _places = places;
        _folder = folder;
        _bytes = new Random(seed);
    }

    /// <summary>Opens both ends, unless something is open.</summary>
    public void Open(ModelStep step)
    {
        if (_reader is not null || _writer is not null)
        {
            return;
        }

        _readerPlace = step.Place;
        _isNamed = step.Variant % 3 != 0;
        _neverEnds = step.Variant % 3 == 1;
        if (!_isNamed)
        {
            _writerPlace = step.Place;
            (_reader, _writer) = _places.Open(step.Place, static context => Task.FromResult(UringPipeStream.CreatePair(context)), "CreatePair");
            return;
        }

        _path = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        NamedPipe.Create(_path);
        if (step.Variant >= 6)
        {
            // The other way round: the writer waits for a reader, and once more after it was cancelled.
            Eventually(() => IsOpenCancelled(step.Offset % ModelPlaces.Count), "A cancelled OpenWriteAsync is cancelled");
            Task<UringPipeStream> opening = OpeningWriter(step.Offset % ModelPlaces.Count, CancellationToken.None);
            OpenReader();
            _writer = ModelWait.Answer(opening, "OpenWriteAsync");
        }
        else
        {
            OpenReader();
            _writer = ModelWait.Answer(OpeningWriter(step.Offset % ModelPlaces.Count, CancellationToken.None), "OpenWriteAsync");
        }
    }

    /// <summary>Starts a read, to be cancelled by another step or never.</summary>
    public void Read(ModelStep step)
    {
        if (_reader is null)
        {
            return;
        }

        if (_reads.Count < MostPending)
        {
            StartRead(step, new CancellationTokenSource());
        }
    }

    /// <summary>Starts a write.</summary>
    public void Write(ModelStep step)
    {
        if (_writer is not null && _writes.Count < MostPending)
        {
            StartWrite(step);
        }
    }

    /// <summary>Cancels a read that waits.</summary>
    public void CancelRead(ModelStep step)
    {
        if (_reads.Count > 0)
        {
            PendingRead read = _reads[step.Variant % _reads.Count];
            read.Source.Cancel();
            ModelWait.End(read.Task, "A cancelled read");
        }
    }

    /// <summary>Cancels a write that waits.</summary>
    public void CancelWrite(ModelStep step)
    {
        if (_writes.Count > 0)
        {
            PendingWrite write = _writes[step.Variant % _writes.Count];
            write.Source.Cancel();
            ModelWait.End(write.Task, "A cancelled write");
        }
    }

    /// <summary>Cancels a read while what it waits for is written, or a write while somebody makes room.</summary>
    public void Race(ModelStep step)
    {
        if (_reader is null || _writer is null || _reads.Count == MostPending || _writes.Count == MostPending)
        {
            return;
        }

        CancellationTokenSource source = new();
        if (step.Variant % 2 == 0)
        {
            PendingRead read = StartRead(step, source);
            var cancelling = Task.Run(source.Cancel);
            StartWrite(step with { Size = 1 + (step.Size % 5000) });
            ModelWait.End(cancelling, "Cancel");
            ModelWait.End(read.Task, "A cancelled read");
        }
        else
        {
            PendingWrite write = StartWrite(step with { Size = step.Size + 50_000 });
            var cancelling = Task.Run(write.Source.Cancel);
            StartRead(step with { Size = 30_000 }, source);
            ModelWait.End(cancelling, "Cancel");
            ModelWait.End(write.Task, "A cancelled write");
        }
    }

    /// <summary>Reads until all writes have ended and all their bytes have come.</summary>
    public void Drain(ModelStep step)
    {
        if (_reader is null)
        {
            return;
        }

        while (true)
        {
            Settle();
            if (_writes.Count == 0 && (_received.Count >= _sent.Count || _hasEnded))
            {
                return;
            }

            if (_reads.TrueForAll(static read => read.Buffer.Length == 0))
            {
                StartRead(step with { Size = 65_536 }, new CancellationTokenSource());
            }

            // A pipe that has bytes answers a read, one that has room a write.
            ModelWait.AnyEnd([.. _reads.Select(static read => read.Task), .. _writes.Select(static write => write.Task)], $"Reading what was written ({this})");
        }
    }

    /// <summary>Disposes the reading end, with whatever waits there.</summary>
    public void EndReader(ModelStep step)
    {
        if (_reader is null)
        {
            return;
        }

        UringPipeStream reader = _reader;
        _reader = null;
        Dispose(reader, step);
        foreach (PendingRead read in _reads)
        {
            ModelWait.End(read.Task, "A read of a disposed stream");
            read.IsDisposed = true;
        }

        ModelWait.Throws<ObjectDisposedException>(_places.Start(step.Caller, () => reader.ReadAsync(new byte[1]).AsTask()), "ReadAsync of a disposed stream");

        // Nobody reads any more: the writes fail, those of which nothing was left to write excepted.
        foreach (PendingWrite write in _writes)
        {
            ModelWait.End(write.Task, "A write that nobody reads any more");
        }

        Settle();
        if (_writer is not null)
        {
            Eventually(() => IsBroken(_places.Start(step.Caller, () => _writer.WriteAsync(new byte[1]).AsTask())), "A write that nobody reads fails");
        }

        EndWriter(step);
        Forget();
    }

    /// <summary>Disposes the writing end, with whatever waits there. What is in the pipe can still be read.</summary>
    public void EndWriter(ModelStep step)
    {
        if (_writer is null)
        {
            return;
        }

        UringPipeStream writer = _writer;
        _writer = null;
        Dispose(writer, step);
        foreach (PendingWrite write in _writes)
        {
            ModelWait.End(write.Task, "A write of a disposed stream");
            write.IsDisposed = true;
        }

        ModelWait.Throws<ObjectDisposedException>(_places.Start(step.Caller, () => writer.WriteAsync(new byte[1]).AsTask()), "WriteAsync of a disposed stream");
        Settle();
    }

    /// <summary>The next writer of a named pipe: at once where the reading end never ends, else behind its end.</summary>
    public void GoOn(ModelStep step)
    {
        if (_reader is null || _writer is not null || !_isNamed)
        {
            return;
        }

        if (!_neverEnds)
        {
            if (_reads.Count > 0 || (_mayHaveEnded && !_hasEnded))
            {
                return;
            }

            Task reopening = _places.Start(step.Caller, () => _reader.ReopenAsync().AsTask());
            if (!_hasEnded)
            {
                ModelWait.Throws<InvalidOperationException>(reopening, "ReopenAsync of a stream that has not ended");
                return;
            }

            ModelWait.End(reopening, "ReopenAsync");
            reopening.GetAwaiter().GetResult();
            ForgetBytes();
        }
        else if (_uncertain.Length > 0)
        {
            // How much of the last write there is can only be told at an end.
            return;
        }

        _writer = ModelWait.Answer(OpeningWriter(step.Place, CancellationToken.None), "OpenWriteAsync");
    }

    /// <summary>All that belongs to this place has been disposed with it.</summary>
    public void PlaceEnded(int place, ModelStep step)
    {
        bool isReaders = _reader is not null && _readerPlace == place;
        bool isWriters = _writer is not null && _writerPlace == place;
        if (isReaders)
        {
            foreach (PendingRead read in _reads)
            {
                ModelWait.End(read.Task, "A read of a disposed context");
                read.IsDisposed = true;
            }

            ModelWait.Throws<ObjectDisposedException>(_places.Start(step.Caller, () => _reader!.ReadAsync(new byte[1]).AsTask()), "ReadAsync of a disposed context");
        }

        if (isWriters)
        {
            foreach (PendingWrite write in _writes)
            {
                ModelWait.End(write.Task, "A write of a disposed context");
                write.IsDisposed = true;
            }

            ModelWait.Throws<ObjectDisposedException>(_places.Start(step.Caller, () => _writer!.WriteAsync(new byte[1]).AsTask()), "WriteAsync of a disposed context");
        }

        Settle();
        if (isWriters)
        {
            EndWriter(step);
        }

        if (isReaders)
        {
            EndReader(step);
        }
    }

    /// <summary>Looks at what has ended, waits for what must, and compares.</summary>
    public void Settle()
    {
        do
        {
            SettleWrites();
            SettleReads();
        }
        while (MustAnswer());

        // What has come is what was sent, as far as that is known; the rest is of writes that have not ended.
        int known = Math.Min(_sent.Count, _received.Count);
        int same = Same(_sent, 0, _received, 0, known);
        Require(same == known, $"Byte {same} is another one ({this}).");
        int most = _sent.Count + _uncertain.Length + _writes.Sum(static write => write.Bytes.Length);
        Require(_received.Count <= most, $"More has come than was sent ({this}).");
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"sent {_sent.Count}, received {_received.Count}, {_reads.Count} reads and {_writes.Count} writes wait{(_hasEnded ? ", ended" : string.Empty)}");

    public void Dispose()
    {
        _reader?.Dispose();
        _writer?.Dispose();
        DeletePath();
        foreach (PendingRead read in _reads)
        {
            read.Source.Dispose();
        }

        foreach (PendingWrite write in _writes)
        {
            write.Source.Dispose();
        }
    }

    private static void Require(bool isSo, string otherwise)
    {
        if (!isSo)
        {
            throw new ModelException(otherwise);
        }
    }

    private static int Same(List<byte> one, int from, List<byte> other, int start, int count)
    {
        int i = 0;
        while (i < count && one[from + i] == other[start + i])
        {
            i++;
        }

        return i;
    }

    /// <summary>
    /// What ends elsewhere: a process that somebody has just started has a copy of every descriptor until it is another program, so that a pipe has a reader for a moment more.
    /// </summary>
    private static void Eventually(Func<bool> isSo, string what)
    {
        long end = Environment.TickCount64 + (long)ModelWait.Patience.TotalMilliseconds;
        while (!isSo())
        {
            Require(Environment.TickCount64 < end, $"Not in time: {what}");
            Thread.Sleep(1);
        }
    }

    private static bool IsBroken(Task write)
    {
        ModelWait.End(write, "A write that nobody reads");
        if (write.IsCompletedSuccessfully)
        {
            return false;
        }

        IOException failed = ModelWait.Throws<IOException>(write, "A write that nobody reads");
        Require(failed.HResult == BrokenPipe, $"A write that nobody reads has failed with {failed.HResult}.");
        return true;
    }

    private bool IsOpenCancelled(int place)
    {
        using CancellationTokenSource source = new();
        Task<UringPipeStream> opening = OpeningWriter(place, source.Token);
        source.Cancel();
        ModelWait.End(opening, "A cancelled OpenWriteAsync");
        if (opening.IsCompletedSuccessfully)
        {
            opening.Result.Dispose();
            return false;
        }

        ModelWait.Throws<OperationCanceledException>(opening, "A cancelled OpenWriteAsync");
        return true;
    }

    private void OpenReader() => _reader = _places.Open(
        _readerPlace,
        context => NamedPipe.OpenReadAsync(
            _path,
            new NamedPipeOptions { Context = context, EndOfStream = _neverEnds ? EndOfStreamMode.Never : EndOfStreamMode.WhenWritersLeave }).AsTask(),
        "OpenReadAsync");

    private Task<UringPipeStream> OpeningWriter(int place, CancellationToken token)
    {
        _writerPlace = place;
        return _places.Opening(place, context => NamedPipe.OpenWriteAsync(_path, new NamedPipeOptions { Context = context }, token).AsTask());
    }

    /// <summary>In one of the two ways; closed it is when the other one ends too.</summary>
    private void Dispose(UringPipeStream stream, ModelStep step)
    {
        if (step.Variant % 2 == 0)
        {
            stream.Dispose();
        }

        Task disposing = _places.Start(step.Caller, () => stream.DisposeAsync().AsTask());
        ModelWait.End(disposing, "DisposeAsync");
        disposing.GetAwaiter().GetResult();
    }

    private PendingRead StartRead(ModelStep step, CancellationTokenSource source)
    {
        byte[] buffer = new byte[step.Size];
        UringPipeStream reader = _reader!;
        Task<int> task = step.Action == ModelAction.PipeTryRead
            ? _places.Start(step.Caller, async () =>
            {
                PipeReadResult result = await reader.TryReadAsync(buffer, source.Token).ConfigureAwait(false);
                return result.IsCanceled ? -1 : result.Bytes;
            })
            : _places.Start(step.Caller, () => reader.ReadAsync(buffer.AsMemory(), source.Token).AsTask());
        PendingRead read = new(task, buffer, source);
        _reads.Add(read);
        return read;
    }

    private PendingWrite StartWrite(ModelStep step)
    {
        byte[] bytes = new byte[step.Size];
        _bytes.NextBytes(bytes);
        CancellationTokenSource source = new();
        UringPipeStream writer = _writer!;
        PendingWrite write = new(_places.Start(step.Caller, () => writer.WriteAsync(bytes.AsMemory(), source.Token).AsTask()), bytes, source);
        _writes.Add(write);
        return write;
    }

    /// <summary>Whether the oldest read has ended now, because there is something it must be answered with.</summary>
    private bool MustAnswer()
    {
        PendingRead? read = _reads.Find(static read => read.Buffer.Length > 0);
        bool hasAnswer = _received.Count < _sent.Count || (_writer is null && !_neverEnds);
        if (read is null || !hasAnswer)
        {
            return false;
        }

        ModelWait.End(read.Task, $"A read of what is there ({this})");
        return true;
    }

    private void SettleWrites()
    {
        for (int i = 0; i < _writes.Count;)
        {
            PendingWrite write = _writes[i];
            if (!write.Task.IsCompleted)
            {
                i++;
                continue;
            }

            int gone = Gone(write);
            if (gone != 0 && i > 0)
            {
                // One after another, in order: those before it have ended too.
                ModelWait.End(_writes[0].Task, "A write before one that has begun");
                i = 0;
                continue;
            }

            if (gone < 0)
            {
                _uncertain = [.. _uncertain, .. write.Bytes];
            }
            else
            {
                _sent.AddRange(write.Bytes.AsSpan(0, gone));
            }

            write.Source.Dispose();
            _writes.RemoveAt(i);
        }
    }

    /// <summary>How much of a write is in the pipe, or -1 where it cannot be told.</summary>
    private int Gone(PendingWrite write)
    {
        try
        {
            write.Task.GetAwaiter().GetResult();
            return write.Bytes.Length;
        }
        catch (PipeWriteCanceledException e) when (write.Source.IsCancellationRequested)
        {
            Require(e.BytesWritten > 0 && e.BytesWritten < write.Bytes.Length, $"{e.BytesWritten} bytes of {write.Bytes.Length} are no part.");
            Require(e.CancellationToken == write.Source.Token, "The exception has another token.");
            return e.BytesWritten;
        }
        catch (OperationCanceledException e) when (write.Source.IsCancellationRequested && e is not PipeWriteCanceledException)
        {
            Require(e.CancellationToken == write.Source.Token, "The exception has another token.");
            return 0;
        }
        catch (ObjectDisposedException) when (write.IsDisposed)
        {
            return -1;
        }
        catch (IOException e) when (_reader is null && e.HResult == BrokenPipe)
        {
            return -1;
        }
        catch (Exception e)
        {
            throw new ModelException($"A write has failed ({this}).", e);
        }
    }

    private void SettleReads()
    {
        for (int i = 0; i < _reads.Count;)
        {
            PendingRead read = _reads[i];
            if (!read.Task.IsCompleted)
            {
                i++;
                continue;
            }

            int answer = Answer(read);
            if (answer > 0 && i > 0)
            {
                ModelWait.End(_reads[0].Task, "A read before one that has been answered");
                i = 0;
                continue;
            }

            if (answer == 0 && read.Buffer.Length > 0)
            {
                RequireEnd();
            }

            _mayHaveEnded |= answer == 0 && _writer is null;
            Require(answer <= read.Buffer.Length, $"{answer} bytes were read into {read.Buffer.Length}.");
            Require(answer <= 0 || !_hasEnded, $"Bytes have come behind the end ({this}).");
            _received.AddRange(read.Buffer.AsSpan(0, Math.Max(answer, 0)));
            read.Source.Dispose();
            _reads.RemoveAt(i);
        }
    }

    /// <summary>What a read has answered: bytes, 0 at the end, -1 where it was cancelled or disposed.</summary>
    private int Answer(PendingRead read)
    {
        try
        {
            int answer = read.Task.GetAwaiter().GetResult();
            Require(answer >= 0 || read.Source.IsCancellationRequested, "A read was cancelled that nobody has cancelled.");
            return answer;
        }
        catch (OperationCanceledException e) when (read.Source.IsCancellationRequested)
        {
            Require(e.CancellationToken == read.Source.Token, "The exception has another token.");
            return -1;
        }
        catch (ObjectDisposedException) when (read.IsDisposed)
        {
            return -1;
        }
        catch (Exception e) when (e is not ModelException)
        {
            throw new ModelException($"A read has failed ({this}).", e);
        }
    }

    /// <summary>An end is one only when the writer has left and all of his has come.</summary>
    private void RequireEnd()
    {
        Require(_writer is null && !_neverEnds, $"A read has answered 0 without an end ({this}).");
        Require(_received.Count >= _sent.Count, $"The end has come before the last bytes ({this}).");
        int more = _received.Count - _sent.Count;
        Require(
            _received.Skip(_sent.Count).SequenceEqual(_uncertain.Take(more)) && more <= _uncertain.Length,
            $"What has come of the last write is not its beginning ({this}).");
        _hasEnded = true;
    }

    private void Forget()
    {
        Require(_reads.Count == 0 && _writes.Count == 0, $"Something has not ended ({this}).");
        ForgetBytes();
        DeletePath();
    }

    private void DeletePath()
    {
        if (_path.Length > 0)
        {
            File.Delete(_path);
            _path = string.Empty;
        }
    }

    private void ForgetBytes()
    {
        _sent.Clear();
        _received.Clear();
        _uncertain = [];
        _hasEnded = false;
        _mayHaveEnded = false;
    }

    private sealed class PendingRead(Task<int> task, byte[] buffer, CancellationTokenSource source)
    {
        public Task<int> Task => task;

        public byte[] Buffer => buffer;

        public CancellationTokenSource Source => source;

        public bool IsDisposed { get; set; }
    }

    private sealed class PendingWrite(Task task, byte[] bytes, CancellationTokenSource source)
    {
        public Task Task => task;

        public byte[] Bytes => bytes;

        public CancellationTokenSource Source => source;

        public bool IsDisposed { get; set; }
    }
}
