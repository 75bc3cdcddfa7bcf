namespace UringSharp.Bindings.Model;

/// <param name="CName">Its name in C, with the prefix all members share.</param>
/// <param name="Value">Wide enough for every C integer, signed or not.</param>
/// <param name="Documentation">Lines of plain text.</param>
internal sealed record CEnumMember(string CName, Int128 Value, IReadOnlyList<string> Documentation);
