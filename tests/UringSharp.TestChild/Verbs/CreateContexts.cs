using System.Globalization;

namespace UringSharp.TestChild.Verbs;

/// <summary>Creates and disposes contexts, one after another.</summary>
internal static class CreateContexts
{
    public static Task RunAsync(string[] arguments)
    {
        int count = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        int made = 0;
        return Report.OutcomeAsync("contexts", async () =>
        {
            try
            {
                for (; made < count; made++)
                {
                    await new UringContext().DisposeAsync();
                }
            }
            finally
            {
                Report.Line("made", made);
            }
        });
    }
}
