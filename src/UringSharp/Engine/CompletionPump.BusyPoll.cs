using System.Diagnostics;
using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <content>
/// What a ring's thread does before it sleeps, where it is to be busy for a while: <see cref="UringOptions.BusyPoll"/>. It looks for completions and requests; and
/// operations that would wait by poll are tried again and again, by their own system call, before the kernel is asked to poll for them: its answer to the poll of a thread that
/// runs needs an interrupt from the processor that wrote, which costs more than the system calls.
/// </content>
internal sealed partial class CompletionPump
{
    /// <summary>More than so many would delay one another: the others are polled for.</summary>
    private const int MaxTried = 4;

    /// <summary>Operations that are tried, not submitted.</summary>
    private readonly OperationList<WaitingNeighbours> _tried = new();

    private readonly long _busyPoll;
    private long _triedUntil;

    /// <summary>As <see cref="Enter"/>, but before it sleeps it looks for a while whether something comes.</summary>
    private ReadOnlySpan<NativeCompletion> EnterBusily(PumpThread thread)
    {
        ReadOnlySpan<NativeCompletion> completions = _ring.Enter(0);
        if (completions.Length != 0)
        {
            return completions;
        }

        long end = Stopwatch.GetTimestamp() + _busyPoll;
        while (MaySleep() && HasNoRequest(thread))
        {
            if (Stopwatch.GetTimestamp() > end && _tried.IsEmpty)
            {
                return Enter(thread);
            }

            // To the kernel and back: it posts what has completed, and lets run whom our last write has woken on this very processor.
            Thread.Yield();
            TryAll(thread);

            // No system call where there is no need of one: what was tried for long enough is polled for from now on, and a loop's ring makes completions only when it is entered.
            completions = _ring.Enter(0);
            if (completions.Length != 0)
            {
                return completions;
            }
        }

        return _ring.Enter(0);
    }

    /// <summary>Keeps an operation whose turn has come from the kernel, for a while. False where it is to be submitted.</summary>
    private bool KeepToTry(Operation operation)
    {
        if (_busyPoll == 0 || _tearingDown || !operation.IsWorthTrying || !IsRoomToTry())
        {
            return false;
        }

        if (_tried.IsEmpty)
        {
            _triedUntil = Stopwatch.GetTimestamp() + _busyPoll;
        }

        operation.WaitingIn = _tried;
        _tried.Add(operation);
        return true;
    }

    private bool IsRoomToTry()
    {
        int count = 0;
        for (Operation? operation = _tried.First; operation is not null; operation = OperationList<WaitingNeighbours>.After(operation))
        {
            count++;
        }

        return count < MaxTried;
    }

    /// <summary>Tries what is not submitted; when that has gone on for long enough, it is submitted after all.</summary>
    private void TryAll(PumpThread thread)
    {
        for (Operation? operation = _tried.First; operation is not null;)
        {
            Operation? next = OperationList<WaitingNeighbours>.After(operation);
            if (Try(operation))
            {
                _tried.Remove(operation);
                Finish(operation);
            }

            operation = next;
        }

        if (!_tried.IsEmpty && Stopwatch.GetTimestamp() > _triedUntil)
        {
            QueueTried();
            PrepareAll(thread);
        }
    }

    private static bool Try(Operation operation)
    {
        try
        {
            return operation.TryNow();
        }
        catch (Exception e)
        {
            return operation.Fail(e);
        }
    }

    /// <summary>Has done with trying: what was tried is to be submitted.</summary>
    private void QueueTried()
    {
        while (_tried.First is { } operation)
        {
            _tried.Remove(operation);
            operation.GiveUpTrying();
            Queue(operation);
        }
    }
}
