namespace UringSharp.Bindings.Model;

/// <summary>All that a header declares, in its own order.</summary>
internal sealed record CHeader(
    IReadOnlyList<CConstant> Constants,
    IReadOnlyList<CEnum> Enums,
    IReadOnlyList<CStruct> Structs,
    IReadOnlyList<CFunction> Functions);
