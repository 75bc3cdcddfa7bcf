namespace UringSharp.Bindings.Clang;

/// <summary>One error of the C parser.</summary>
/// <param name="Line">The line in the main file, 0 where the error lies elsewhere.</param>
/// <param name="Text">The parser's whole message, file and line included.</param>
internal sealed record ClangDiagnostic(int Line, string Text);
