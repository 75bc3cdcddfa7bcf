namespace UringSharp.Bindings.Model;

/// <param name="CName">The macro's name.</param>
/// <param name="Type">The C# type.</param>
/// <param name="Value">A C# literal.</param>
/// <param name="Documentation">Lines of plain text.</param>
internal sealed record CConstant(string CName, string Type, string Value, IReadOnlyList<string> Documentation);
