using System.IO.Pipelines;
using UringSharp.Engine.Receiving;

namespace UringSharp.Engine;

/// <content>What pipes that receive without being asked for each read share.</content>
internal sealed partial class CompletionPump
{
    private ReceiveBuffers? _receiveBuffers;
    private PipeOptions? _receptionOptions;

    /// <summary>Whether reads that go on may be used where the kernel has them.</summary>
    internal bool AllowsMultishot { get; init; } = true;

    /// <summary>Where the bytes arrive. Made when the first are waited for. The leader's.</summary>
    internal ReceiveBuffers ReceiveBuffers => _receiveBuffers ??= new ReceiveBuffers(_ring, AllowsMultishot && !IsPortable);

    /// <summary>
    /// How bytes lie ready for a reader. No SynchronizationContext: the reader's own source looks after that, in the dispatcher. What waits for the reader to
    /// catch up is ours, and fit for any thread.
    /// </summary>
    internal PipeOptions ReceptionOptions => _receptionOptions ??= new PipeOptions(
        readerScheduler: new DispatcherScheduler(this),
        writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: PipeReception.PauseThreshold,
        resumeWriterThreshold: PipeReception.ResumeThreshold,
        useSynchronizationContext: false);

    /// <summary>
    /// Whether a deputy has submitted an operation while the home, which leads now, was busy. Until it is submitted anew each of its completions wakes two
    /// threads (kernel fact R11), and keeps that deputy alive. The leader's.
    /// </summary>
    internal bool IsAwayFromHome(Operation operation) => operation.Submitter != _home && LeaderIndex(_lead) == _home.Index;
}
