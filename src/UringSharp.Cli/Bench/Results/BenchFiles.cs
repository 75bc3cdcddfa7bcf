using UringSharp.Cli.Bench.Page;
using UringSharp.Cli.Output;
using UringSharp.Cli.Reading;

namespace UringSharp.Cli.Bench.Results;

/// <summary>The files that results are to be written to.</summary>
/// <param name="Json">For other programs; null for none, as below.</param>
/// <param name="Html">The page.</param>
/// <param name="Svg">The picture.</param>
internal sealed record BenchFiles(string? Json, string? Html, string? Svg)
{
    /// <summary>Whether they can be, told before the rows are measured, which takes long.</summary>
    internal bool CanBeWritten() => new[] { Json, Html, Svg }.OfType<string>().All(static path => Try(path, static path =>
    {
        // Of a link that leads nowhere the link would be deleted.
        bool isNew = !File.Exists(path) && new FileInfo(path).LinkTarget is null;
        using (File.Open(path, FileMode.OpenOrCreate, FileAccess.Write))
        {
            // It can.
        }

        if (isNew)
        {
            File.Delete(path);
        }
    }));

    /// <summary>Writes what was measured.</summary>
    internal bool Write(BenchOutcome outcome, JsonRun run)
    {
        JsonRun done = run with { Skipped = outcome.Skipped };
        return Write([.. outcome.Results.Select(result => JsonRow.Of(result, done))], done);
    }

    /// <summary>Writes results; false where one of the files cannot be written, which is said.</summary>
    internal bool Write(IReadOnlyList<JsonRow> rows, JsonRun? run) =>
        (Json is null || Try(Json, path => File.WriteAllBytes(path, BenchJson.Serialize(rows))))
        && (Html is null || Try(Html, path => File.WriteAllText(path, BenchPage.Render(rows, run))))
        && (Svg is null || Try(Svg, path => File.WriteAllText(path, BenchPicture.Render(rows, run))));

    private static bool Try(string path, Action<string> action)
    {
        try
        {
            action(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            StandardError.Write($"{path}: {Failure.Text(e)}");
            return false;
        }
    }
}
