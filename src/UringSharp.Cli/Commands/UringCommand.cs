using System.CommandLine;

namespace UringSharp.Cli.Commands;

/// <summary>A command, with what its help page needs beyond the names of its options.</summary>
internal abstract class UringCommand(string name, string description) : Command(name, description)
{
    /// <summary>What follows the command's name in its usage line.</summary>
    internal abstract string Synopsis { get; }

    /// <summary>Paragraphs of the command's own page, below its description.</summary>
    internal virtual IReadOnlyList<string> Details => [];

    /// <summary>Lines to type, and what each does.</summary>
    internal abstract IReadOnlyList<(string Line, string Meaning)> Examples { get; }

    /// <summary>What the command can end with.</summary>
    internal abstract IReadOnlyList<(int Code, string Meaning)> ExitCodes { get; }
}
