namespace UringSharp.Bindings.Model;

/// <param name="CName">Its name in C.</param>
/// <param name="Type">The C# type.</param>
internal sealed record CParameter(string CName, string Type);
