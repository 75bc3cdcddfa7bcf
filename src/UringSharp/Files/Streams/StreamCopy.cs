using System.Buffers;
using System.Runtime.ExceptionServices;
using UringSharp.Engine;

namespace UringSharp.Files.Streams;

/// <summary>Copies a file: reads the next chunk while the destination takes the last one.</summary>
internal static class StreamCopy
{
    /// <summary>Copies from the position on. Where the destination fails, the source stands behind the chunk it was given, as with any stream.</summary>
    internal static async Task RunAsync(UringFileStream source, Stream destination, int chunk, CancellationToken cancellationToken)
    {
        byte[] full = ArrayPool<byte>.Shared.Rent(chunk);
        byte[]? next = null;
        try
        {
            int length = await source.ReadAsync(full.AsMemory(0, chunk), cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
            while (length > 0)
            {
                ValueTask writing = destination.WriteAsync(full.AsMemory(0, length), cancellationToken);
                next ??= ArrayPool<byte>.Shared.Rent(chunk);
                if (writing.IsCompleted)
                {
                    await writing.ConfigureAwait(LoopContext.IsCurrent);
                    length = await source.ReadAsync(next.AsMemory(0, chunk), cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
                }
                else
                {
                    length = await ReadBesideAsync(source, next.AsMemory(0, chunk), writing.AsTask(), cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
                }

                (full, next) = (next, full);
            }
        }
        finally
        {
            // Whatever has happened, both sides have ended: nobody uses them any more.
            ArrayPool<byte>.Shared.Return(full);
            if (next is not null)
            {
                ArrayPool<byte>.Shared.Return(next);
            }
        }
    }

    private static async Task<int> ReadBesideAsync(UringFileStream source, Memory<byte> buffer, Task writing, CancellationToken cancellationToken)
    {
        long position = source.Position;
        int length = 0;
        Exception? failure = null;
        try
        {
            length = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(LoopContext.IsCurrent);
        }
        catch (Exception e)
        {
            // Told after the write's own, which came first.
            failure = e;
        }

        try
        {
            await writing.ConfigureAwait(LoopContext.IsCurrent);
        }
        catch when (length > 0)
        {
            source.Position = position;
            throw;
        }

        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return length;
    }
}
