namespace UringSharp.Bindings.Model;

/// <param name="CName">Its tag in C.</param>
/// <param name="Size">In bytes; 0 for an opaque struct, which is only ever pointed to.</param>
/// <param name="Documentation">Lines of plain text.</param>
/// <param name="Fields">In the header's order; none for an opaque struct.</param>
internal sealed record CStruct(string CName, long Size, IReadOnlyList<string> Documentation, IReadOnlyList<CField> Fields)
{
    public bool IsOpaque => Fields.Count == 0;
}
