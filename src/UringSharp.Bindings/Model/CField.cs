namespace UringSharp.Bindings.Model;

/// <param name="CName">Its name in C.</param>
/// <param name="Type">The C# type, of one element where it is an array.</param>
/// <param name="ElementCount">The length of a fixed array, or null.</param>
/// <param name="Offset">In bytes, as the C compiler laid it out.</param>
/// <param name="Documentation">Lines of plain text.</param>
internal sealed record CField(string CName, string Type, long? ElementCount, long Offset, IReadOnlyList<string> Documentation)
{
    public bool IsPointer => Type.EndsWith('*');
}
