using System.Globalization;
using Microsoft.Win32.SafeHandles;
using UringSharp.Interop;
using UringSharp.Interop.Native;

namespace UringSharp.Engine;

/// <summary>A regular file or block device in use, and what has been learnt about the way its reads and writes are best served.</summary>
internal sealed class FileHandle : IoHandle
{
    /// <summary>The most that is copied on the caller's thread, or by the leader, at a time.</summary>
    internal const int MaxInlineCopy = 1 << 20;

    /// <summary>The smallest block of any device: what is not a multiple of it cannot be aligned.</summary>
    internal const uint LeastAlignment = 512;

    /// <summary>What is longer costs more to copy than a system call of its own does.</summary>
    private const int MaxBatched = 16 << 10;

    private const int MissesUntilRare = 8;
    private const int RareProbe = 32;

    private readonly bool _ownsHandle;
    private bool _isLocal;

    // Both are hints: a lost update costs a probe, nothing else.
    private int _misses;
    private int _skipped;
    private bool _knowsWhatWaits;

    internal FileHandle(SafeFileHandle safeHandle, bool ownsHandle, string? path, CompletionPump pump, NativeOpenFlags flags, in NativeFileInfo info)
        : base((int)safeHandle.DangerousGetHandle(), path, pump)
    {
        SafeHandle = safeHandle;
        _ownsHandle = ownsHandle;
        Device = info.Device;
        IsDirect = (flags & NativeOpenFlags.Direct) != 0;
        MemoryAlignment = Alignment(info.DirectMemoryAlignment);
        OffsetAlignment = Alignment(info.DirectOffsetAlignment);

        // On a descriptor in non-blocking mode, which others may share, the ring answers EAGAIN where it should wait.
        bool isNonblocking = (flags & NativeOpenFlags.Nonblock) != 0;
        bool cannotTell = IsDirect ? !CanTellWhatWaits() : isNonblocking;
        ProbesReads = !IsDirect && !cannotTell;
        ReadsOnPool = cannotTell || pump.IsPortable;
        WritesOnPool = !IsDirect || ReadsOnPool;

        // A synchronous write waits for the disk, whatever RWF_NOWAIT says.
        ProbesWrites = !IsDirect && !isNonblocking && (flags & (NativeOpenFlags.Dsync | NativeOpenFlags.Sync)) == 0;
        if (!IsLocal)
        {
            LocalDevices.Learn(ReachablePath, Device);
        }
    }

    /// <summary>The descriptor's owner.</summary>
    internal SafeFileHandle SafeHandle { get; }

    /// <inheritdoc/>
    internal override Type Owner => typeof(UringFile);

    /// <inheritdoc/>
    internal override ulong Device { get; }

    /// <inheritdoc/>
    internal override bool IsLocal
    {
        get
        {
            if (!_isLocal && LocalDevices.Known.Contains(Device))
            {
                _isLocal = true;
            }

            return _isLocal;
        }
    }

    /// <summary>Whether closing may ask a server.</summary>
    private bool ClosesSlowly => Device != 0 && !IsLocal;

    /// <summary>A path that leads to the file while it is open.</summary>
    internal string ReachablePath => Path ?? string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Descriptor}");

    /// <summary>Whether transfers bypass the page cache (O_DIRECT).</summary>
    internal bool IsDirect { get; }

    /// <summary>What a direct transfer's memory must be aligned to, in bytes; 1 where the kernel does not say.</summary>
    internal uint MemoryAlignment { get; }

    /// <summary>What a direct transfer's offset and length must be multiples of, in bytes; 1 where the kernel does not say.</summary>
    internal uint OffsetAlignment { get; }

    /// <summary>Whether reads are handed to the thread pool: there is no io_uring, or the file system cannot tell what is cached (overlayfs, tmpfs, /proc).</summary>
    internal bool ReadsOnPool { get; private set; }

    /// <summary>Whether the file system tells what is cached.</summary>
    private bool ProbesReads { get; set; }

    /// <summary>Whether writes are handed to the thread pool: buffered ones, which few file systems take without blocking, and those of a tmpfs.</summary>
    internal bool WritesOnPool { get; }

    /// <summary>Whether the file system may take a buffered write without blocking.</summary>
    internal bool ProbesWrites { get; private set; }

    /// <summary>
    /// Whether the page cache should be asked before the ring. A handle whose probes keep missing is asked about once in a while. On an event loop short reads that go
    /// with others are not: one system call submits them all, and the kernel answers from the page cache what lies there.
    /// </summary>
    internal bool ShouldProbe(long length)
    {
        if (!ProbesReads || (_knowsWhatWaits && length <= MaxBatched && !ReadsOnPool && Pump.MaySubmitMore))
        {
            return false;
        }

        if (_misses < MissesUntilRare)
        {
            return true;
        }

        _skipped++;
        return _skipped % RareProbe == 0;
    }

    /// <summary>
    /// Reads what the page cache holds, without waiting. Returns the bytes read; <paramref name="isComplete"/> tells whether that is all there is to
    /// read: the buffer is full, or the file ends there. Otherwise the rest must be fetched.
    /// </summary>
    internal int ReadCached(Span<byte> buffer, long offset, out bool isComplete)
    {
        int done = 0;

        // A short answer is asked for once more: it may be the end of the file (0), or the rest may be cached after all.
        for (int attempt = 0; attempt < 2; attempt++)
        {
            Span<byte> rest = buffer[done..Math.Min(buffer.Length, MaxInlineCopy)];
            int result = TransferCached(rest, offset + done);
            if (result <= 0)
            {
                isComplete = result == 0;
                OnProbeAnswer(result);
                UringMetrics.CountPageCacheRead(isHit: isComplete);
                return done;
            }

            done += result;
            if (done == buffer.Length)
            {
                isComplete = true;
                _misses = 0;
                _knowsWhatWaits = true;
                UringMetrics.CountPageCacheRead(isHit: true);
                return done;
            }

            if (result == rest.Length)
            {
                break;
            }
        }

        isComplete = false;
        return done;
    }

    /// <summary>
    /// As <see cref="ReadCached"/>, into a vector. True when that is all there is to read.
    /// </summary>
    internal unsafe bool TryReadCached(BufferVector vector, long offset)
    {
        long end = offset + vector.Remaining;
        for (int attempt = 0; attempt < 2; attempt++)
        {
            // SAFETY: the vector's memory is pinned, the descriptor referenced by the caller.
            NativeBuffer* entries = vector.Step(MaxInlineCopy, out uint count);
            long result = NativeMethods.ReadVectorCached(Descriptor, entries, count, end - vector.Remaining);
            vector.EndStep(result);
            if (result <= 0)
            {
                OnProbeAnswer((int)result);
                UringMetrics.CountPageCacheRead(isHit: result == 0);
                return result == 0;
            }

            if (vector.Remaining == 0)
            {
                _misses = 0;
                UringMetrics.CountPageCacheRead(isHit: true);
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether so many bytes were all that a direct read can get. One that ends inside a block has met the end of the file; to go on from there would be misaligned.
    /// </summary>
    internal bool EndsInsideBlock(int moved) => IsDirect && moved % (OffsetAlignment == 1 ? LeastAlignment : OffsetAlignment) != 0;

    /// <summary>Whether an errno says that a direct transfer was not aligned; <paramref name="numbers"/>: its offset and lengths, joined by OR.</summary>
    internal bool IsMisalignment(int errno, long numbers) => errno == Errno.EINVAL && IsDirect && numbers % LeastAlignment != 0;

    /// <summary>What a direct transfer that is not aligned answers.</summary>
    internal ArgumentException Misaligned()
    {
        string rule = OffsetAlignment == 1
            ? "multiples of the device's block size, usually 512 or 4096 bytes"
            : string.Create(CultureInfo.InvariantCulture, $"multiples of {OffsetAlignment} bytes, and the memory's address one of {MemoryAlignment}");
        return new ArgumentException(ErrnoExceptions.WithPath($"Direct I/O needs offset and length to be {rule}; AlignedMemoryPool gives such memory.", Path))
        {
            HResult = Errno.EINVAL,
        };
    }

    /// <summary>Writes into the page cache what can be written without waiting. Returns the bytes written, or -errno where none were.</summary>
    internal unsafe int WriteCached(ReadOnlySpan<byte> buffer, long offset)
    {
        ReadOnlySpan<byte> turn = buffer[..Math.Min(buffer.Length, MaxInlineCopy)];

        // SAFETY: the memory is pinned and the descriptor referenced by the caller until the call returns.
        fixed (byte* pointer = turn)
        {
            int result = NativeMethods.WriteCached(Descriptor, pointer, (uint)turn.Length, offset);
            if (result is -Errno.EOPNOTSUPP or -Errno.EINVAL)
            {
                ProbesWrites = false;
            }

            return result;
        }
    }

    /// <inheritdoc/>
    internal override void Release()
    {
        if (IsDisposed || SafeHandle.IsClosed)
        {
            // This may be the last reference; closing a file can take long (a deleted one is truncated then), and this is the leader.
            BlockingPool.Shared.Queue(new HandleRelease(this));
        }
        else
        {
            ReleaseHere();
        }
    }

    /// <inheritdoc/>
    private protected override bool TryReference()
    {
        try
        {
            bool taken = false;
            SafeHandle.DangerousAddRef(ref taken);
            return taken;
        }
        catch (ObjectDisposedException)
        {
            // Closed under us, by its owner.
            return false;
        }
    }

    /// <inheritdoc/>
    private protected override void Unreference() => SafeHandle.DangerousRelease();

    /// <inheritdoc/>
    private protected override void Close(bool isIdle)
    {
        if (!_ownsHandle)
        {
            return;
        }

        bool closesElsewhere = ClosesSlowly && TryReference();
        if (closesElsewhere)
        {
            BeginUse();
        }

        SafeHandle.Dispose();
        if (closesElsewhere)
        {
            // On a thread that may wait: closing may ask a server, which may hang.
            BlockingPool.Shared.Queue(new HandleRelease(this));
        }
    }

    private static uint Alignment(uint reported) => reported is 0 or uint.MaxValue ? 1 : reported;

    /// <summary>
    /// Whether the file system knows requests that must not wait (FMODE_NOWAIT); asked by a read beyond the end of any file. Where it does not, a tmpfs for
    /// example, the ring hands every request to a kernel worker.
    /// </summary>
    private unsafe bool CanTellWhatWaits()
    {
        const long beyondAll = 1L << 62;
        byte nothing;

        // SAFETY: there is nothing to be read at that offset, so nothing is written to the local.
        return NativeMethods.ReadCached(Descriptor, &nothing, 1, beyondAll) != -Errno.EOPNOTSUPP;
    }

    /// <summary>fsync(2) or fdatasync(2): 0, or -errno.</summary>
    internal static int Flush(int descriptor, bool dataOnly)
    {
        // As System.IO has it: what has no disk behind it (EINVAL), or cannot have been written (EROFS), needs no flush.
        int result = NativeMethods.Sync(descriptor, dataOnly ? 1u : 0u);
        return result is -Errno.EINVAL or -Errno.EROFS or -Errno.EOPNOTSUPP ? 0 : result;
    }

    private unsafe int TransferCached(Span<byte> buffer, long offset)
    {
        // SAFETY: the memory is pinned and the descriptor referenced by the caller until the call returns.
        fixed (byte* pointer = buffer)
        {
            return NativeMethods.ReadCached(Descriptor, pointer, (uint)buffer.Length, offset);
        }
    }

    private void OnProbeAnswer(int result)
    {
        if (result == 0)
        {
            _misses = 0;
        }
        else if (result == -Errno.EOPNOTSUPP)
        {
            ProbesReads = false;
            ReadsOnPool = true;
        }
        else if (_misses < MissesUntilRare)
        {
            _misses++;
        }
    }
}
