namespace UringSharp.TestChild;

/// <summary>What a verb prints.</summary>
internal static class Report
{
    /// <summary>How many outcomes were exceptions.</summary>
    public static int Failures { get; private set; }

    public static void Line(string name, object? value) => Console.WriteLine($"{name}: {value}");

    /// <summary>Type, HResult and message, on one line.</summary>
    public static string Describe(Exception exception) => $"{exception.GetType().Name} {exception.HResult}: {exception.Message.ReplaceLineEndings(" ")}";

    /// <summary>Runs something and prints "ok", or the exception.</summary>
    public static async Task OutcomeAsync(string name, Func<Task> action)
    {
        string outcome = "ok";
        try
        {
            await action();
        }
        catch (Exception e)
        {
            outcome = Describe(e);
            Failures++;
        }

        Line(name, outcome);
    }
}
