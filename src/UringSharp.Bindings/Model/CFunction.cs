namespace UringSharp.Bindings.Model;

/// <param name="CName">The exported symbol.</param>
/// <param name="ReturnType">The C# type.</param>
/// <param name="Parameters">In order.</param>
/// <param name="IsFast">Whether the header promises that it never blocks and never takes long.</param>
/// <param name="Documentation">Lines of plain text.</param>
internal sealed record CFunction(
    string CName,
    string ReturnType,
    IReadOnlyList<CParameter> Parameters,
    bool IsFast,
    IReadOnlyList<string> Documentation);
