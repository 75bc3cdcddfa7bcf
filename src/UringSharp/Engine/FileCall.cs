using UringSharp.Interop;

namespace UringSharp.Engine;

/// <summary>
/// A system call on an open file that may block for as long as its file system likes: made by the blocking pool, since a ring would park it on one of the few
/// workers that a server which hangs soon has. It keeps the file in use until it has returned, however early its task was cancelled.
/// </summary>
internal sealed class FileCall
{
    /// <summary>No answer of a system call: it was not made, because nobody wants it any more.</summary>
    private const long NotMade = long.MinValue;

    private readonly FileHandle _file;
    private readonly Func<FileCall, long> _call;
    private readonly CancellationToken _cancellationToken;

    private FileCall(FileHandle file, Func<FileCall, long> call, uint argument, long offset, long length, CancellationToken cancellationToken)
    {
        _file = file;
        _call = call;
        Argument = argument;
        Offset = offset;
        Length = length;
        _cancellationToken = cancellationToken;
    }

    /// <summary>The file's descriptor.</summary>
    internal int Descriptor => _file.Descriptor;

    /// <summary>What the call takes beside a range.</summary>
    internal uint Argument { get; }

    /// <summary>Start of a range.</summary>
    internal long Offset { get; }

    /// <summary>Length of a range, or of the file.</summary>
    internal long Length { get; }

    /// <summary>Makes a call that answers a number, or -errno. The caller has acquired the handle.</summary>
    internal static async ValueTask<long> RunAsync(
        FileHandle file, Func<FileCall, long> call, uint argument, long offset, long length, CancellationToken cancellationToken)
    {
        if (!file.Pump.TryWatch(file))
        {
            file.Release();
            throw file.Pump.Disposed();
        }

        FileCall made = new(file, call, argument, offset, length, cancellationToken);

        // Without the token: a call that is dropped from the queue would keep the file in use for ever.
        ValueTask<long> running = BlockingPool.Shared.RunAsync(static call => call.Make(), made, CancellationToken.None, mustBeMade: true);
        long answer = cancellationToken.CanBeCanceled
            ? await Cancellable.WaitAsync(running.AsTask(), cancellationToken).ConfigureAwait(LoopContext.IsCurrent)
            : await running.ConfigureAwait(LoopContext.IsCurrent);
        if (answer == NotMade)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw file.Pump.IsStopping ? file.Pump.Disposed() : new ObjectDisposedException(file.Owner.FullName);
        }

        return answer < 0 ? throw ErrnoExceptions.Create((int)-answer, file.Path) : answer;
    }

    /// <summary>As <see cref="RunAsync"/>, without the number.</summary>
    internal static async ValueTask RunVoidAsync(
        FileHandle file, Func<FileCall, long> call, uint argument, long offset, long length, CancellationToken cancellationToken) =>
        _ = await RunAsync(file, call, argument, offset, length, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);

    private long Make()
    {
        try
        {
            return _cancellationToken.IsCancellationRequested || _file.IsDisposed || _file.Pump.IsStopping ? NotMade : _call(this);
        }
        finally
        {
            _file.Release();
        }
    }
}
