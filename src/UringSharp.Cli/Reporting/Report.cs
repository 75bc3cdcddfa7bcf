using UringSharp.Cli.Output;

namespace UringSharp.Cli.Reporting;

/// <summary>What a command shows people: headings, tables, and claims that hold or not. Colours and a progress bar on a terminal, plain text elsewhere.</summary>
internal abstract class Report
{
    /// <summary>Claims made so far.</summary>
    internal int Claims { get; private set; }

    /// <summary>Those that do not hold.</summary>
    internal int FailedClaims { get; private set; }

    /// <summary>Whether somebody watches it while it is written.</summary>
    internal virtual bool IsLive => false;

    /// <summary>The kind that suits where standard output goes.</summary>
    internal static Report ForStandardOutput()
    {
        bool isPlain = Console.IsOutputRedirected
            || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            || Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb";
        return isPlain ? new PlainReport(new StandardOutputWriter()) : new TerminalReport();
    }

    /// <summary>Says that something holds, or that it does not.</summary>
    internal void Claim(bool holds, string text)
    {
        Claims++;
        FailedClaims += holds ? 0 : 1;
        WriteClaim(holds, text);
    }

    /// <summary>Begins a part.</summary>
    internal abstract void Heading(string text);

    /// <summary>A paragraph.</summary>
    internal abstract void Text(string text);

    /// <summary>Rows of as many cells as there are headers. Without headers it is a list of names and values.</summary>
    internal abstract void Table(IReadOnlyList<string> headers, IReadOnlyList<IReadOnlyList<string>> rows);

    /// <summary>Does something that takes time, and shows how far it is (0 to 1). The work runs on this thread and must not write to the report.</summary>
    internal abstract T Track<T>(string what, Func<IProgress<double>, T> work);

    protected abstract void WriteClaim(bool holds, string text);
}
