namespace UringSharp.Cli.Output;

/// <summary>Where the tool complains.</summary>
internal static class StandardError
{
    /// <summary>Writes a complaint. Where nobody can hear it, the exit code must do.</summary>
    internal static void Write(string complaint)
    {
        try
        {
            Console.Error.WriteLine($"uring: {complaint}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Closed, or its reader has left.
        }
    }
}
