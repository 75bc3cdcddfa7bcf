using System.Buffers;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using UringSharp.Cli.Interop;
using UringSharp.Cli.Output;

namespace UringSharp.Cli.Reading;

/// <summary>Copies inputs to an output each, every one by the part of UringSharp that is made for it.</summary>
/// <param name="context">Where the operations go.</param>
/// <param name="follows">Whether named pipes are read from one writer to the next.</param>
/// <param name="cancellationToken">Ends a copy.</param>
internal sealed class Copier(UringContext context, bool follows, CancellationToken cancellationToken)
{
    private const int FileChunk = 256 * 1024;

    /// <summary>What a pipe holds.</summary>
    private const int PipeChunk = 64 * 1024;

    /// <summary>Copies what a path leads to; "-" is standard input.</summary>
    /// <returns>Whether it came to the end; false where the token ended a wait, without an exception that each method up to the command would throw again.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, elsewhere.</exception>
    /// <exception cref="OutputException">Standard output takes no more.</exception>
    internal async Task<bool> CopyAsync(string path, IOutput output)
    {
        bool isWhole;
        try
        {
            isWhole = await (TryParseDescriptor(path, out int descriptor) ? CopyDescriptorAsync(descriptor, output) : CopyPathAsync(path, output)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutputException)
        {
            // What has been read is not kept back, also not a line that has not ended.
            output.End();
            throw;
        }

        output.End();
        return isWhole;
    }

    private async Task<bool> CopyPathAsync(string path, IOutput output)
    {
        // Asked before it is opened: to open a FIFO and close it again would send its writer a SIGPIPE.
        ThrowIfError(LibC.Identify(path, out FileIdentity identity));
        ThrowIfOutput(in identity);
        switch (identity.Kind)
        {
            case FileKind.Fifo:
                NamedPipeOptions pipeOptions = new() { Context = context };
                await using (UringPipeStream pipe = await NamedPipe.OpenReadAsync(path, pipeOptions, cancellationToken).ConfigureAwait(false))
                {
                    bool isWhole = await CopyStreamAsync(pipe, output).ConfigureAwait(false);
                    while (follows && isWhole)
                    {
                        // A line that its writer has left unfinished is not to be continued by the next one.
                        output.End();
                        await pipe.ReopenAsync(cancellationToken).ConfigureAwait(false);
                        isWhole = await CopyStreamAsync(pipe, output).ConfigureAwait(false);
                    }

                    return isWhole;
                }

            case FileKind.CharacterDevice:
                using (SafeFileHandle device = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
                {
                    return await CopyPollableAsync(device, output).ConfigureAwait(false);
                }

            case FileKind.Regular or FileKind.BlockDevice:
                UringFileOptions fileOptions = new() { Context = context };
                await using (UringFile file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read, fileOptions, cancellationToken).ConfigureAwait(false))
                {
                    await CopyFileAsync(file, 0, output).ConfigureAwait(false);
                    return true;
                }

            default:
                throw Unreadable(identity.Kind);
        }
    }

    private async Task<bool> CopyDescriptorAsync(int descriptor, IOutput output)
    {
        ThrowIfError(LibC.Identify(descriptor, out FileIdentity identity));
        ThrowIfOutput(in identity);
        using SafeFileHandle handle = new(descriptor, ownsHandle: false);
        switch (identity.Kind)
        {
            case FileKind.Regular or FileKind.BlockDevice:
                await using (var file = UringFile.FromHandle(handle, ownsHandle: false, context))
                {
                    await CopyFileAsync(file, LibC.GetPosition(descriptor), output, descriptor).ConfigureAwait(false);
                    return true;
                }

            case FileKind.Folder:
                throw Unreadable(identity.Kind);

            default:
                return await CopyPollableAsync(handle, output).ConfigureAwait(false);
        }
    }

    private async Task<bool> CopyPollableAsync(SafeFileHandle handle, IOutput output)
    {
        await using var stream = UringPipeStream.FromHandle(handle, FileAccess.Read, context);
        return await CopyStreamAsync(stream, output).ConfigureAwait(false);
    }

    /// <summary>Copies to the end. False where the token came first.</summary>
    private async Task<bool> CopyStreamAsync(UringPipeStream stream, IOutput output)
    {
        // Waits without a buffer: there may be a thousand of them.
        while (!(await stream.TryReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false)).IsCanceled)
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(PipeChunk);
            PipeReadResult read = await stream.TryReadAsync(buffer.AsMemory(0, PipeChunk), cancellationToken).ConfigureAwait(false);
            if (read.Bytes == 0)
            {
                return !read.IsCanceled;
            }

            output.Write(buffer.AsSpan(0, read.Bytes));
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return false;
    }

    /// <summary>
    /// Copies from a position to the end. A descriptor that others share is taken along, as read(2) would: `(uring read --timeout 1; cat) &lt; file` goes on where
    /// the first one ended.
    /// </summary>
    private async Task CopyFileAsync(UringFile file, long position, IOutput output, int? sharedDescriptor = null)
    {
        byte[] buffer = new byte[FileChunk];
        while (await file.ReadAsync(buffer, position, cancellationToken).ConfigureAwait(false) is > 0 and int read)
        {
            output.Write(buffer.AsSpan(0, read));
            position += read;
            if (sharedDescriptor is { } descriptor)
            {
                LibC.SetPosition(descriptor, position);
            }
        }
    }

    /// <summary>
    /// Standard input, and the names a shell gives to descriptors (`uring read &lt;(command)`). A pipe opened again by such a name would wait for
    /// writers that have left already; the descriptor itself knows.
    /// </summary>
    private static bool TryParseDescriptor(string path, out int descriptor)
    {
        descriptor = 0;
        if (path is "-" or "/dev/stdin")
        {
            return true;
        }

        ReadOnlySpan<char> number = path.StartsWith("/dev/fd/", StringComparison.Ordinal) ? path.AsSpan("/dev/fd/".Length)
            : path.StartsWith("/proc/self/fd/", StringComparison.Ordinal) ? path.AsSpan("/proc/self/fd/".Length)
            : default;
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out descriptor);
    }

    private static void ThrowIfError(int errno)
    {
        if (errno != 0)
        {
            throw Error(errno);
        }
    }

    private static void ThrowIfOutput(in FileIdentity identity)
    {
        if (StandardOutput.IsFile(in identity))
        {
            throw new IOException("input file is output file");
        }
    }

    private static Exception Unreadable(FileKind kind) => kind switch
    {
        FileKind.Folder => Error(LibC.EISDIR),
        FileKind.Socket => new NotSupportedException("a socket, which is connected to and not opened"),
        _ => new NotSupportedException("neither a file nor a pipe, a terminal or a device: UringSharp cannot read it"),
    };

    private static IOException Error(int errno) => new(Failure.Text(errno), errno);
}
