namespace UringSharp.Bindings;

/// <summary>The header holds something the generator does not translate, or is no valid C. The message names file and line.</summary>
internal sealed class HeaderException(string message) : Exception(message);
