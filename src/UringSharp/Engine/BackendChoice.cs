namespace UringSharp.Engine;

/// <summary>Which backend a ring gets.</summary>
internal static class BackendChoice
{
    private const string Variable = "URINGSHARP_BACKEND";

    private static int s_hasTold;

    /// <summary>The value, if it is one.</summary>
    internal static UringBackend RequireDefined(UringBackend value) =>
        Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The backend is not defined.");

    /// <summary>What is wished for, where nothing is said by that of the environment.</summary>
    /// <exception cref="UringNotSupportedException">The environment names a backend that there is not.</exception>
    internal static UringBackend Resolve(UringBackend wished)
    {
        if (wished != UringBackend.Auto || Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } named)
        {
            return wished;
        }

        return named.ToUpperInvariant() switch
        {
            "AUTO" => UringBackend.Auto,
            "URING" => UringBackend.Uring,
            "PORTABLE" => UringBackend.Portable,
            _ => throw new UringNotSupportedException($"The environment variable {Variable} is '{named}': it may be auto, uring or portable."),
        };
    }

    /// <summary>io_uring is not to be had, and the portable backend takes its place: says so, once in the process.</summary>
    internal static void TellOfFallback(string reason)
    {
        if (Interlocked.Exchange(ref s_hasTold, 1) == 0)
        {
            UringEventSource.Log.FellBack(reason);
        }
    }
}
