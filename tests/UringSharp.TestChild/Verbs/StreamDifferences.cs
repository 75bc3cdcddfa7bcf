using UringSharp.Tests.Files.Streams;

namespace UringSharp.TestChild.Verbs;

/// <summary>Opens a path with every mode and access, by FileStream and by UringFileStream; prints where they differ.</summary>
internal static class StreamDifferences
{
    public static Task RunAsync(string[] arguments)
    {
        foreach ((FileMode mode, FileAccess access) in from mode in Enum.GetValues<FileMode>() from access in Enum.GetValues<FileAccess>() select (mode, access))
        {
            FileStreamOptions options = new() { Mode = mode, Access = access };
            string[] outcomes = [.. StreamOpenOutcome.Ways.Select(way => StreamOpenOutcome.Of(way.Open, Path.GetDirectoryName(arguments[0])!, arguments[0], options))];
            Report.Line("outcome", outcomes[0]);
            foreach (string outcome in outcomes.Where(outcome => outcome != outcomes[0]))
            {
                Report.Line("difference", $"{mode}, {access}: expected {outcomes[0]}, was {outcome}");
            }
        }

        return Task.CompletedTask;
    }
}
