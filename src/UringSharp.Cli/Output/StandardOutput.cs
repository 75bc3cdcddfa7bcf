using UringSharp.Cli.Interop;

namespace UringSharp.Cli.Output;

/// <summary>
/// Standard output by plain write(2): .NET's console stream drops what it cannot write when the reader has left, and its FileStream writes at positions of its own,
/// which others who share the descriptor do not see.
/// </summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;

    /// <summary>Writes everything, blocking as long as the reader takes.</summary>
    /// <exception cref="OutputException">It could not.</exception>
    internal static void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int written = LibC.Write(Descriptor, bytes);
            if (written >= 0)
            {
                bytes = bytes[written..];
            }
            else if (written == -LibC.EAGAIN)
            {
                LibC.WaitUntilWritable(Descriptor);
            }
            else if (written != -LibC.EINTR)
            {
                throw new OutputException(-written);
            }
        }
    }

    /// <summary>Whether there is any.</summary>
    /// <exception cref="OutputException">It was closed when this process was started.</exception>
    internal static void ThrowIfClosed()
    {
        if (LibC.Identify(Descriptor, out _) is not 0 and int errno)
        {
            throw new OutputException(errno);
        }
    }

    /// <summary>Whether it goes into this very file, which would then never end.</summary>
    internal static bool IsFile(in FileIdentity file) =>
        file.Kind == FileKind.Regular && LibC.Identify(Descriptor, out FileIdentity own) == 0 && own == file;
}
