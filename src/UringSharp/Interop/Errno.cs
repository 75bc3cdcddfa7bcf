namespace UringSharp.Interop;

/// <summary>Linux error numbers (errno(3)), alike on every architecture .NET runs on.</summary>
internal static class Errno
{
    internal const int EPERM = 1;
    internal const int ENOENT = 2;
    internal const int EINTR = 4;
    internal const int ENXIO = 6;
    internal const int EBADF = 9;
    internal const int EAGAIN = 11;
    internal const int ENOMEM = 12;
    internal const int EACCES = 13;
    internal const int EBUSY = 16;
    internal const int EEXIST = 17;
    internal const int EXDEV = 18;
    internal const int ENOTDIR = 20;
    internal const int EISDIR = 21;
    internal const int EINVAL = 22;
    internal const int ENFILE = 23;
    internal const int EMFILE = 24;
    internal const int EFBIG = 27;
    internal const int ENOSPC = 28;
    internal const int ESPIPE = 29;
    internal const int EROFS = 30;
    internal const int ENAMETOOLONG = 36;
    internal const int ENOSYS = 38;
    internal const int ELOOP = 40;
    internal const int ETIME = 62;
    internal const int EBADFD = 77;
    internal const int EOPNOTSUPP = 95;
    internal const int ENOBUFS = 105;
    internal const int ECANCELED = 125;

    /// <summary>The kernel's own: a system call to be restarted. A completion may carry it (kernel fact F4).</summary>
    internal const int ERESTARTSYS = 512;

    /// <summary>Whether an answer (-errno) says only that the kernel stopped half-way: nothing was done, and it can be asked again.</summary>
    internal static bool IsInterruption(int result) => result is -ECANCELED or -EINTR or -ERESTARTSYS;
}
