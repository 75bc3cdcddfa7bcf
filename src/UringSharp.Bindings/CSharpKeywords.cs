using System.Collections.Frozen;

namespace UringSharp.Bindings;

/// <summary>The reserved words of C#, which need an @ to serve as names.</summary>
internal static class CSharpKeywords
{
    private static readonly FrozenSet<string> s_keywords = """
        abstract as base bool break byte case catch char checked class const continue decimal default delegate do double
        else enum event explicit extern false finally fixed float for foreach goto if implicit in int interface internal is
        lock long namespace new null object operator out override params private protected public readonly ref return sbyte
        sealed short sizeof stackalloc static string struct switch this throw true try typeof uint ulong unchecked unsafe
        ushort using virtual void volatile while
        """.Split([' ', '\n']).ToFrozenSet();

    internal static bool Contains(string word) => s_keywords.Contains(word);
}
