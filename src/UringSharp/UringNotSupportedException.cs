namespace UringSharp;

/// <summary>io_uring cannot be used here. <see cref="Exception.Message"/> says why and what would help.</summary>
public sealed class UringNotSupportedException : NotSupportedException
{
    /// <summary>Makes the exception without a reason.</summary>
    public UringNotSupportedException()
        : base("io_uring cannot be used in this process.")
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">Why io_uring cannot be used, and what would help.</param>
    public UringNotSupportedException(string? message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="message">Why io_uring cannot be used, and what would help.</param>
    /// <param name="innerException">What was met.</param>
    public UringNotSupportedException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
