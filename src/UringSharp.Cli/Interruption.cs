using System.Runtime.InteropServices;

namespace UringSharp.Cli;

/// <summary>
/// Why a command ends before it is done: a signal, or its time is up. The first cause decides the exit code and cancels <see cref="Token"/>; a command that has
/// not ended by then within the grace period (a write to a full pipe cannot be cancelled) is ended here.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly ManualResetEventSlim _ended = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly TimeSpan _grace;
    private readonly Action? _cleanUp;
    private readonly Timer? _timer;
    private int _exitCode;

    /// <summary>Begins to listen for SIGINT, SIGTERM and SIGHUP.</summary>
    /// <param name="grace">Between the cause and the end by force.</param>
    /// <param name="timeout">Ends the command with <see cref="UringSharp.Cli.ExitCode.TimedOut"/>; null for no limit.</param>
    /// <param name="cleanUp">What must be done even at an end by force. May run on any thread, and twice.</param>
    internal Interruption(TimeSpan grace, TimeSpan? timeout = null, Action? cleanUp = null)
    {
        _grace = grace;
        _cleanUp = cleanUp;
        _registrations =
        [
            Register(PosixSignal.SIGINT, Cli.ExitCode.Interrupted),
            Register(PosixSignal.SIGTERM, Cli.ExitCode.Terminated),
            Register(PosixSignal.SIGHUP, Cli.ExitCode.HungUp),
        ];
        if (timeout is { } limit)
        {
            _timer = new Timer(static self => ((Interruption)self!).End(Cli.ExitCode.TimedOut), this, limit, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Cancelled by the first cause.</summary>
    internal CancellationToken Token => _source.Token;

    /// <summary>The exit code of the first cause.</summary>
    internal int ExitCode => Volatile.Read(ref _exitCode);

    /// <summary>The command has ended by itself.</summary>
    public void Dispose()
    {
        _ended.Set();
        _timer?.Dispose();
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private PosixSignalRegistration Register(PosixSignal signal, int exitCode) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        End(exitCode);
    });

    private void End(int exitCode)
    {
        if (Interlocked.CompareExchange(ref _exitCode, exitCode, 0) != 0)
        {
            EndByForce();
            return;
        }

        // A thread of its own: the pool may be what the command hangs in.
        new Thread(() =>
        {
            if (!_ended.Wait(_grace))
            {
                EndByForce();
            }
        })
        { IsBackground = true, Name = "uring end" }.UnsafeStart();
        _source.Cancel();
    }

    private void EndByForce()
    {
        _cleanUp?.Invoke();
        Environment.Exit(ExitCode);
    }
}
