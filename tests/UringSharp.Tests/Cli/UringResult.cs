using System.Text;

namespace UringSharp.Tests.Cli;

/// <summary>How a run of the tool ended.</summary>
internal sealed record UringResult(int ExitCode, byte[] Output, string Error)
{
    /// <summary>Its output as text.</summary>
    public string Text => Encoding.UTF8.GetString(Output);
}
