using UringSharp.Tests.Files;

namespace UringSharp.TestChild.Verbs;

/// <summary>Opens one path in two folders that are alike, with every mode and access, by the BCL in the first and by UringFile in the second; prints where they differ.</summary>
internal static class OpenDifferences
{
    public static async Task RunAsync(string[] arguments)
    {
        foreach ((FileMode mode, FileAccess access) in OpenOutcome.Combinations)
        {
            string expected = await OpenOutcome.OfBclAsync(arguments[0], Path.Combine(arguments[0], arguments[2]), mode, access);
            string actual = await OpenOutcome.OfUringAsync(arguments[1], Path.Combine(arguments[1], arguments[2]), mode, access);
            Report.Line("outcome", actual);
            if (expected != actual)
            {
                Report.Line("difference", $"{mode}, {access}: expected {expected}, was {actual}");
            }
        }
    }
}
