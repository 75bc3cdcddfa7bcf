namespace UringSharp.Bindings.Model;

/// <param name="CName">Its tag in C.</param>
/// <param name="Underlying">The C# type of its values.</param>
/// <param name="Documentation">Lines of plain text.</param>
/// <param name="Members">In the header's order.</param>
internal sealed record CEnum(string CName, string Underlying, IReadOnlyList<string> Documentation, IReadOnlyList<CEnumMember> Members);
