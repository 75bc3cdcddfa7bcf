using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <content>What the leader does: take requests, prepare, submit and wait, reap.</content>
internal sealed partial class CompletionPump
{
    private readonly SlotTable _slots;
    private readonly OperationList<WaitingNeighbours> _pending = new();
    private readonly OperationList<WaitingNeighbours> _heldBack = new();
    private readonly Queue<ulong> _cancelTargets = new();

    private int _boundedInFlight;
    private readonly Dictionary<ulong, PumpThread> _wakePollThreads = [];
    private ulong _wakePoll;
    private PumpThread? _wakePollOwner;
    private uint _wakePolls;
    private bool _wakePollCancelled;
    private bool _tearingDown;

    /// <summary>How long the leader sleeps at most.</summary>
    private long _sleepNanoseconds = NoLimit;

    /// <summary>Leads until the lead is lost to another thread, or the pump has ended.</summary>
    private void Lead(PumpThread thread)
    {
        while (true)
        {
            BeginTurn(thread);
            if (_tearingDown && IsDrained())
            {
                End();
                return;
            }

            EnterAndReap(thread);
            if (IsLoop)
            {
                DispatchOnLoop();
                continue;
            }

            if (_ring.HasUnsubmitted)
            {
                // The kernel was short of something. Who prepared submits (kernel fact R2), so the lead must not be lost meanwhile.
                DispatchToPool();
                continue;
            }

            if (!_ready.IsEmpty && !Dispatch(thread))
            {
                return;
            }

            if (thread != _home && Volatile.Read(ref _homeWaits) != 0)
            {
                GiveLeadTo(_home);
                return;
            }
        }
    }

    /// <summary>Takes what other threads ask for and prepares what can be submitted.</summary>
    private void BeginTurn(PumpThread thread)
    {
        TakeRequests();
        PrepareAll(thread);
        if (!_tried.IsEmpty)
        {
            TryAll(thread);
        }
    }

    private void EnterAndReap(PumpThread thread) => Reap(_busyPoll == 0 || !MaySleep() ? Enter(thread) : EnterBusily(thread));

    /// <summary>Submits and takes what is there; sleeps first where there is nothing else to do. What is tried waits for no completion: nothing would end that sleep.</summary>
    private ReadOnlySpan<NativeCompletion> Enter(PumpThread thread)
    {
        uint waitCount = _tried.IsEmpty && MaySleep() && AnnounceSleep(thread) ? 1u : 0u;
        ReadOnlySpan<NativeCompletion> completions = _ring.Enter(waitCount, _sleepNanoseconds);
        Volatile.Write(ref _sleeping, 0);
        return completions;
    }

    private void TakeRequests()
    {
        // Cancellations first: whoever set a cause before its operation was taken is found by the operation's own check.
        OperationChain<CancellationLink> cancellations = _cancellations.TakeAll();
        while (cancellations.TryTake(out Operation? operation))
        {
            Cancel(operation);
            operation.Release();
        }

        while (_attention.TryDequeue(out IoHandle? handle))
        {
            handle.OnAttention();
        }

        if (_tearingDown)
        {
            return;
        }

        bool stop = Volatile.Read(ref _stopRequested) != 0;
        OperationChain<SubmissionLink> submissions = stop ? _submissions.Close() : _submissions.TakeAll();
        while (submissions.TryTake(out Operation? operation))
        {
            EndTiming(operation);
            operation.Handle?.Operations.Add(operation);
            Queue(operation);
        }

        if (stop)
        {
            _tearingDown = true;
            _slots.ForEach(operation =>
            {
                operation.TrySetCause(CancellationCause.ContextDisposed);
                _cancelTargets.Enqueue(operation.UserData);
            });

            EndAllParked();
            QueueTried();
        }
    }

    /// <summary>The leader: cancels all operations of a handle that was disposed.</summary>
    internal void CancelAll(IoHandle handle)
    {
        for (Operation? operation = handle.Operations.First; operation is not null;)
        {
            Operation? next = OperationList<HandleNeighbours>.After(operation);
            operation.TrySetCause(CancellationCause.HandleDisposed);
            Cancel(operation);
            operation = next;
        }
    }

    /// <summary>Cancels one operation; its cause, if any, is recorded. An operation the leader has not taken yet is found by its own check.</summary>
    internal void Cancel(Operation operation)
    {
        switch (operation.Phase)
        {
            case OperationPhase.Waiting:
                operation.WaitingIn!.Remove(operation);
                operation.EndEarly();
                Finish(operation);
                break;
            case OperationPhase.Parked:
                operation.EndEarly();
                EndParked(operation);
                break;
            case OperationPhase.InFlight:
                // By user_data, which names this submission alone: a target that has ended meanwhile is not found, and nothing happens.
                _cancelTargets.Enqueue(operation.UserData);
                break;
            default:
                break;
        }
    }

    private void PrepareAll(PumpThread thread)
    {
        int space = _ring.Space;
        if (_wakePollOwner != thread && !_wakePollCancelled)
        {
            // Each leader polls for itself: the wake-up must not depend on a thread that runs user code (kernel facts R10, R11).
            if (_wakePollOwner is not null)
            {
                _cancelTargets.Enqueue(_wakePoll);
                _wakePollOwner = null;
            }

            if (space > 0)
            {
                PrepareWakePoll(thread);
                space--;
            }
        }

        while (space > 0 && _cancelTargets.TryDequeue(out ulong target))
        {
            PrepareCancel(target);
            space--;
        }

        PrepareFrom(_heldBack, thread, ref space);
        PrepareFrom(_pending, thread, ref space);
    }

    private void PrepareFrom(OperationList<WaitingNeighbours> list, PumpThread thread, ref int space)
    {
        while (list.First is { } operation)
        {
            if (_tearingDown)
            {
                operation.TrySetCause(CancellationCause.ContextDisposed);
            }
            else if (operation.Handle is { IsDisposed: true })
            {
                operation.TrySetCause(CancellationCause.HandleDisposed);
            }

            if (operation.Cause != CancellationCause.None)
            {
                list.Remove(operation);
                operation.EndEarly();
                Finish(operation);
                continue;
            }

            bool isHeldBack = operation.IsBounded && _boundedInFlight >= _ring.CompletionEntries;
            if (space == 0 || (isHeldBack && list == _heldBack))
            {
                return;
            }

            list.Remove(operation);
            if (isHeldBack)
            {
                // What waits for a peer must not be stuck behind it.
                operation.WaitingIn = _heldBack;
                _heldBack.Add(operation);
                continue;
            }

            switch (Start(operation))
            {
                case OperationStart.Submit when KeepToTry(operation):
                    break;
                case OperationStart.Submit:
                    Prepare(operation, thread);
                    space--;
                    break;
                case OperationStart.Finished:
                    Finish(operation);
                    break;
                default:
                    break;
            }
        }
    }

    private static OperationStart Start(Operation operation)
    {
        try
        {
            return operation.OnStart();
        }
        catch (Exception e)
        {
            operation.Fail(e);
            return OperationStart.Finished;
        }
    }

    private void Prepare(Operation operation, PumpThread thread)
    {
        ulong userData = _slots.Add(operation);
        operation.UserData = userData;
        operation.Submitter = thread;
        operation.Phase = OperationPhase.InFlight;
        thread.InFlight++;
        if (operation.IsBounded)
        {
            _boundedInFlight++;
        }

        operation.Prepare(_ring, userData);
        _submitted++;
    }

    private void Reap(ReadOnlySpan<NativeCompletion> completions)
    {
        if (completions.Length == 0)
        {
            return;
        }

        _batches++;
        foreach (ref readonly NativeCompletion completion in completions)
        {
            if ((completion.UserData & SlotTable.OwnUse) != 0)
            {
                OnWakePoll(in completion);
                continue;
            }

            // A number that is nobody's can only come from a bug or a broken kernel; acting on it would end a stranger's request.
            var flags = (NativeCompletionFlags)completion.Flags;
            if ((flags & NativeCompletionFlags.More) != 0)
            {
                _slots.Find(completion.UserData)?.OnPartialCompletion(completion.Result, flags);
            }
            else if (_slots.Take(completion.UserData) is { } operation)
            {
                OnCompletion(operation, completion.Result, flags);
            }
        }
    }

    private void OnCompletion(Operation operation, int result, NativeCompletionFlags flags)
    {
        _completed++;
        CountAnswered(operation.Submitter!);
        if (operation.IsBounded)
        {
            _boundedInFlight--;
        }

        bool isFinished;
        try
        {
            isFinished = operation.OnCompletion(result, flags);
        }
        catch (Exception e)
        {
            isFinished = operation.Fail(e);
        }

        if (isFinished)
        {
            Finish(operation);
        }
        else
        {
            Queue(operation);
        }
    }

    private void CountAnswered(PumpThread submitter)
    {
        if (--submitter.InFlight == 0 && submitter.Index != LeaderIndex(_lead))
        {
            // A deputy that wants to exit waits for this.
            submitter.Signal();
        }
    }

    /// <summary>Puts an operation into the line of those to be submitted; also for an operation that another one's end makes next.</summary>
    internal void Queue(Operation operation)
    {
        operation.Phase = OperationPhase.Waiting;
        operation.WaitingIn = _pending;
        _pending.Add(operation);
    }

    private void Finish(Operation operation)
    {
        operation.Phase = OperationPhase.Finished;
        if (operation.Cause != CancellationCause.None)
        {
            CountCancellation(operation);
        }

        operation.Handle?.Operations.Remove(operation);
        operation.OnFinished();
        operation.LetGo();
        if (IsLoop)
        {
            _readyHere.Add(operation);
        }
        else
        {
            _ready.Enqueue(operation);
        }
    }

    private bool MaySleep() => _ready.IsEmpty && HasNothingHere && _pending.IsEmpty && _cancelTargets.Count == 0
        && (_heldBack.IsEmpty || _boundedInFlight >= _ring.CompletionEntries)
        && (_wakePollOwner is not null || _wakePollCancelled) && !_ring.HasReady;

    /// <summary>Publishes that the leader sleeps and looks again. False when something has come meanwhile.</summary>
    private bool AnnounceSleep(PumpThread thread)
    {
        Interlocked.Exchange(ref _sleeping, 1);
        if (HasNoRequest(thread))
        {
            return true;
        }

        Volatile.Write(ref _sleeping, 0);
        return false;
    }

    /// <summary>Whether no other thread asks for anything.</summary>
    private bool HasNoRequest(PumpThread thread) => _submissions.IsEmpty && _cancellations.IsEmpty && _attention.IsEmpty && _ready.IsEmpty && _posted.IsEmpty
        && (thread == _home || Volatile.Read(ref _homeWaits) == 0)
        && (_tearingDown || Volatile.Read(ref _stopRequested) == 0);

    private void PrepareWakePoll(PumpThread thread)
    {
        _wakePoll = SlotTable.OwnUse | _wakePolls++;
        _wakePollOwner = thread;
        thread.InFlight++;

        _ring.PreparePoll(_wakePoll, _wakeEvent.Descriptor, (uint)NativePollEvents.In, isMultishot: true);
        _wakePollThreads.Add(_wakePoll, thread);
    }

    private unsafe void PrepareCancel(ulong target)
    {
        // SAFETY: the ring is the leader's, and there is room. The answer to the cancel itself resolves nothing and is dropped in C.
        Ring.RequirePrepared(NativeMethods.PrepareCancel(_ring.Native, NativeConstants.IgnoredUserData, target));
    }

    private void OnWakePoll(in NativeCompletion completion)
    {
        if ((completion.Flags & (uint)NativeCompletionFlags.More) != 0)
        {
            return;
        }

        if (completion.Result is -Errno.EINVAL or -Errno.EBADF)
        {
            Environment.FailFast($"UringSharp: the poll that wakes the ring's owner failed, errno {-completion.Result}.");
        }

        // This poll is over: cancelled by a later leader, or ended by a kernel short of room. The current leader arms its own anew.
        if (_wakePollThreads.Remove(completion.UserData, out PumpThread? thread))
        {
            CountAnswered(thread);
        }

        if (completion.UserData == _wakePoll)
        {
            _wakePollOwner = null;
        }
    }

    /// <summary>
    /// Whether everything has ended; the wake-up's own poll is the last to be cancelled. Calls outside the ring are looked at before that only: once none was seen
    /// none can begin, and a call that is refused uses its handle for a moment, whose end nobody would hear of without that poll.
    /// </summary>
    private bool IsDrained()
    {
        _hasOnlyPosted = false;
        if (Volatile.Read(ref _callsOutside) != 0)
        {
            // A loop's own code, ending, may call once more: what tells of that call's end must be there.
            _wakePollCancelled = false;
            return false;
        }

        if (_slots.Count != 0 || _parkedIn.Count != 0 || !_pending.IsEmpty || !_heldBack.IsEmpty || !_ready.IsEmpty || !_readyHere.IsEmpty || (!_wakePollCancelled && HasCallsOutside()))
        {
            return false;
        }

        _hasOnlyPosted = true;
        if (WaitsForPosted)
        {
            return false;
        }

        if (_wakePollThreads.Count == 0)
        {
            return true;
        }

        if (!_wakePollCancelled)
        {
            _wakePollCancelled = true;
            foreach (ulong poll in _wakePollThreads.Keys)
            {
                _cancelTargets.Enqueue(poll);
            }
        }

        return false;
    }

    /// <summary>Nothing is in flight and nothing will be: gives everything back and lets all threads go.</summary>
    private void End()
    {
        OperationChain<CancellationLink> cancellations = _cancellations.Close();
        while (cancellations.TryTake(out Operation? operation))
        {
            operation.Release();
        }

        _wakeEvent.Close();
        _receiveBuffers?.Destroy(_ring);
        _ring.Destroy();
        Volatile.Write(ref _ended, true);
        Interlocked.MemoryBarrier();
        DispatchToPool();
        GivePostedToPool();
        DismissThreads();
        UringMetrics.Remove(this);
        _stopped.TrySetResult();
    }
}
