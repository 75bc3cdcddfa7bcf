using System.Runtime.Loader;
using UringSharp.Engine;

namespace UringSharp;

/// <summary>
/// A set of io_uring rings and the threads that drive them. Files and pipes opened without naming a context use <see cref="Default"/>.
/// <para>
/// Disposing a context refuses new work, cancels what is pending, waits until the kernel has let go of every buffer, and gives back rings and threads. Pending
/// tasks end with <see cref="ObjectDisposedException"/>. It waits for no user code: a thread that runs a continuation ends when
/// the continuation does. Transfers and calls that a thread of a pool has begun cannot be cancelled; the end waits for them, and
/// their tasks end with their answer.
/// </para>
/// </summary>
public sealed class UringContext : IDisposable, IAsyncDisposable
{
    private static readonly Lock s_defaultLock = new();
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static UringContext? s_default;

    private readonly CompletionPump[] _pumps;
    private readonly bool _isDefault;
    private int _nextPump = -1;
    private int _disposed;

    /// <summary>Creates the rings and starts their threads.</summary>
    /// <param name="options">How to set it up; null for the defaults.</param>
    /// <exception cref="UringNotSupportedException">io_uring was asked for and cannot be used here, or the native library is missing; the message says why.</exception>
    /// <exception cref="IOException">A limit of the process or the system is reached; HResult is the errno of io_uring_setup(2) or eventfd(2).</exception>
    public UringContext(UringOptions? options = null)
        : this(options ?? new UringOptions(), isDefault: false)
    {
    }

    private UringContext(UringOptions options, bool isDefault)
    {
        _isDefault = isDefault;

        // Loading an assembly needs a descriptor; there may be none when the first event is to be written.
        _ = UringEventSource.Log;
        var pumps = new CompletionPump[options.RingCount];
        for (int i = 0; i < pumps.Length; i++)
        {
            try
            {
                pumps[i] = new CompletionPump($"uring-{i}", options.Backend, options.QueueDepth, options.Continuations, options.BusyPoll) { AllowsMultishot = options.AllowsMultishot };
            }
            catch
            {
                foreach (CompletionPump pump in pumps.AsSpan(0, i))
                {
                    pump.RequestStop();
                }

                throw;
            }
        }

        _pumps = pumps;
    }

    /// <summary>The context of whoever names none. It is made when first used and lives as long as the process, or until the <see cref="AssemblyLoadContext"/> is unloaded that has the library: disposing it does nothing.</summary>
    /// <exception cref="UringNotSupportedException">io_uring cannot be used here; the message says why.</exception>
    /// <exception cref="IOException">A limit of the process or the system is reached; a later attempt may succeed.</exception>
    public static UringContext Default
    {
        get
        {
            return Volatile.Read(ref s_default) ?? Create();

            // Not Lazy<T>, which would remember the exception of an attempt that met a limit.
            static UringContext Create()
            {
                lock (s_defaultLock)
                {
                    if (s_default is null)
                    {
                        s_default = new UringContext(new UringOptions(), isDefault: true);
                        if (AssemblyLoadContext.GetLoadContext(typeof(UringContext).Assembly) is { IsCollectible: true } loadContext)
                        {
                            loadContext.Unloading += static _ => EndDefault();
                        }
                    }

                    return s_default;
                }
            }
        }
    }

    /// <summary>The pump of this context whose thread this code runs on.</summary>
    private CompletionPump? OwnPumpOfThisThread => PumpThread.Current?.Pump is { } pump && Array.IndexOf(_pumps, pump) >= 0 ? pump : null;

    /// <summary>What this context has done so far.</summary>
    /// <returns>The figures of all its rings, added up.</returns>
    public UringStatistics GetStatistics()
    {
        UringStatistics total = new() { Rings = _pumps.Length };
        foreach (CompletionPump pump in _pumps)
        {
            pump.AddTo(ref total);
        }

        return total;
    }

    /// <summary>
    /// Ends everything and waits for the kernel; see the remarks on this class. Called from a continuation that runs on one of the context's own threads it only
    /// begins the end, since it cannot wait for itself.
    /// </summary>
    public void Dispose()
    {
        if (RequestStop() && OwnPumpOfThisThread is null)
        {
            Task.WaitAll(Array.ConvertAll(_pumps, static pump => pump.Stopped));
        }
    }

    /// <summary>As <see cref="Dispose"/>, without blocking.</summary>
    /// <returns>Ends when every operation has ended and the rings are gone.</returns>
    public ValueTask DisposeAsync() =>
        RequestStop() ? new ValueTask(Task.WhenAll(Array.ConvertAll(_pumps, static pump => pump.Stopped))) : default;

    /// <summary>The pump a new handle of a context belongs to; of none: that of the loop whose thread this is, or the default context's.</summary>
    internal static CompletionPump PumpFor(UringContext? context) => context is null && CompletionPump.OfLoopHere is { } loop ? RequireRunning(loop) : (context ?? Default).ChoosePump();

    /// <summary>The library is being unloaded: nothing of it may run on.</summary>
    private static void EndDefault()
    {
        UringContext ending = s_default!;
        Volatile.Write(ref ending._disposed, 1);
        foreach (CompletionPump pump in ending._pumps)
        {
            pump.RequestStop();
        }

        // Not for ever: the process may be ending, and a disk hang.
        _ = Task.WaitAll(Array.ConvertAll(ending._pumps, static pump => pump.Stopped), s_patience);
        UringMetrics.End();
        UringEventSource.Log.Dispose();
    }

    private static CompletionPump RequireRunning(CompletionPump loop) => loop.IsStopping ? throw loop.Disposed() : loop;

    private CompletionPump ChoosePump()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return OwnPumpOfThisThread ?? (_pumps.Length == 1 ? _pumps[0] : _pumps[(uint)Interlocked.Increment(ref _nextPump) % (uint)_pumps.Length]);
    }

    private bool RequestStop()
    {
        if (_isDefault)
        {
            return false;
        }

        Volatile.Write(ref _disposed, 1);
        foreach (CompletionPump pump in _pumps)
        {
            pump.RequestStop();
        }

        return true;
    }
}
