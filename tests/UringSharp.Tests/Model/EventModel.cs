using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace UringSharp.Tests.Model;

/// <summary>An eventfd, which is a counter: whoever waits is told when it is not 0, whoever reads takes all of it.</summary>
internal sealed partial class EventModel(ModelPlaces places) : IDisposable
{
    private const int MostPending = 3;
    private const int NonBlockingCloseOnExec = 0x80800;

    private readonly List<PendingWait> _waits = [];
    private PendingTake? _take;
    private UringHandle? _handle;
    private int _descriptor = -1;
    private int _place;
    private ulong _value;

    /// <summary>Makes one, whose descriptor the handle owns or has borrowed.</summary>
    public void Open(ModelStep step)
    {
        if (_handle is not null)
        {
            return;
        }

        _place = step.Place;
        _value = 0;
        int descriptor = eventfd(0, NonBlockingCloseOnExec);
        bool isOwned = step.Variant % 2 == 0;
        _handle = places.Open(step.Place, context => Task.FromResult(UringHandle.FromDescriptor(descriptor, isOwned, context)), "FromDescriptor");
        _descriptor = isOwned ? -1 : descriptor;
    }

    /// <summary>Waits; for what always holds, too.</summary>
    public void Wait(ModelStep step)
    {
        if (_handle is null || _take is not null || _waits.Count == MostPending)
        {
            return;
        }

        UringHandle handle = _handle;
        if (step.Variant % 4 == 0)
        {
            PollEvents events = ModelWait.Answer(places.Start(step.Caller, () => handle.WaitAsync(PollEvents.Read | PollEvents.Write).AsTask()), "A wait for room");
            Require(events == (_value > 0 ? PollEvents.Read | PollEvents.Write : PollEvents.Write), $"{events} was told ({this}).");
            return;
        }

        CancellationTokenSource source = new();
        _waits.Add(new PendingWait(places.Start(step.Caller, () => handle.WaitAsync(PollEvents.Read, source.Token).AsTask()), source));
    }

    /// <summary>Adds to the counter.</summary>
    public void Raise(ModelStep step)
    {
        if (_handle is null)
        {
            return;
        }

        ulong value = 1 + (ulong)step.Size;
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        UringHandle handle = _handle;
        Task raising = places.Start(step.Caller, () => handle.WriteAsync(bytes).AsTask());
        ModelWait.End(raising, "A write of an eventfd");
        raising.GetAwaiter().GetResult();
        _value += value;
    }

    /// <summary>Takes the counter, or waits for it.</summary>
    public void Take(ModelStep step)
    {
        if (_handle is null || _take is not null || _waits.Count > 0)
        {
            return;
        }

        byte[] buffer = new byte[sizeof(ulong)];
        CancellationTokenSource source = new();
        UringHandle handle = _handle;
        _take = new PendingTake(places.Start(step.Caller, () => handle.ReadAsync(buffer, source.Token).AsTask()), buffer, source);
    }

    /// <summary>Cancels one that waits.</summary>
    public void Cancel(ModelStep step)
    {
        if (_take is not null)
        {
            _take.Source.Cancel();
            ModelWait.Throws<OperationCanceledException>(_take.Task, "A cancelled read of an eventfd");
            _take.Source.Dispose();
            _take = null;
        }
        else if (_waits.Count > 0)
        {
            PendingWait wait = _waits[step.Variant % _waits.Count];
            wait.Source.Cancel();
            ModelWait.Throws<OperationCanceledException>(wait.Task, "A cancelled wait");
            wait.Source.Dispose();
            _waits.Remove(wait);
        }
    }

    /// <summary>Disposes the handle, with whatever waits.</summary>
    public void End(ModelStep step)
    {
        if (_handle is null)
        {
            return;
        }

        UringHandle handle = _handle;
        Task disposing = places.Start(step.Caller, () => handle.DisposeAsync().AsTask());
        ModelWait.End(disposing, "DisposeAsync");
        disposing.GetAwaiter().GetResult();
        EndPending();
        ModelWait.Throws<ObjectDisposedException>(places.Start(step.Caller, () => handle.WaitAsync(PollEvents.Read).AsTask()), "WaitAsync of a disposed handle");
        Close();
    }

    /// <summary>All that belongs to this place has been disposed with it.</summary>
    public void PlaceEnded(int place, ModelStep step)
    {
        if (_handle is not null && _place == place)
        {
            EndPending();
            End(step);
        }
    }

    /// <summary>Waits for what must have ended.</summary>
    public void Settle()
    {
        if (_value == 0)
        {
            Require(_take?.Task.IsCompleted != true && !_waits.Exists(static wait => wait.Task.IsCompleted), $"Something has ended without a cause ({this}).");
            return;
        }

        foreach (PendingWait wait in _waits)
        {
            PollEvents events = ModelWait.Answer(wait.Task, "A wait for what holds");
            Require(events == PollEvents.Read, $"{events} was told ({this}).");
            wait.Source.Dispose();
        }

        _waits.Clear();
        if (_take is null)
        {
            return;
        }

        int read = ModelWait.Answer(_take.Task, "A read of an eventfd");
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(_take.Buffer);
        Require(read == sizeof(ulong) && value == _value, $"{read} bytes, {value}, were read ({this}).");
        _take.Source.Dispose();
        _take = null;
        _value = 0;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"value {_value}, {_waits.Count} waits and {(_take is null ? 0 : 1)} reads");

    public void Dispose() => Close();

    private static void Require(bool isSo, string otherwise)
    {
        if (!isSo)
        {
            throw new ModelException(otherwise);
        }
    }

    private void EndPending()
    {
        foreach (PendingWait wait in _waits)
        {
            ModelWait.Throws<ObjectDisposedException>(wait.Task, "A wait of a disposed handle");
            wait.Source.Dispose();
        }

        _waits.Clear();
        if (_take is not null)
        {
            ModelWait.Throws<ObjectDisposedException>(_take.Task, "A read of a disposed handle");
            _take.Source.Dispose();
            _take = null;
        }
    }

    private void Close()
    {
        _handle?.Dispose();
        _handle = null;
        if (_descriptor >= 0)
        {
            _ = close(_descriptor);
            _descriptor = -1;
        }
    }

    [LibraryImport("libc")]
    private static partial int eventfd(uint count, int flags);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);

    private sealed record PendingWait(Task<PollEvents> Task, CancellationTokenSource Source);

    private sealed record PendingTake(Task<int> Task, byte[] Buffer, CancellationTokenSource Source);
}
