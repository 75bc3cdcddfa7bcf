using System.Runtime.InteropServices;
using System.Text;

namespace UringSharp.Bindings.Clang;

/// <summary>One parse of a C text by libclang. Cursors and types taken from it die with it.</summary>
internal sealed class TranslationUnit : IDisposable
{
    private const uint DetailedPreprocessingRecord = 1;
    private const int SeverityError = 3;

    private readonly nint _index;
    private readonly nint _unit;

    private TranslationUnit(nint index, nint unit)
    {
        _index = index;
        _unit = unit;
    }

    public ClangCursor Root => ClangMethods.TranslationUnitCursor(_unit);

    /// <summary>Parses a text as if it lay at <paramref name="path"/>, where no file needs to exist.</summary>
    public static TranslationUnit Parse(string path, string text, IReadOnlyList<string> arguments)
    {
        if (!LibClang.IsAvailable(out string reason))
        {
            throw new InvalidOperationException(reason);
        }

        byte[] contents = Encoding.UTF8.GetBytes(text);
        var contentsHandle = GCHandle.Alloc(contents, GCHandleType.Pinned);
        nint fileName = Marshal.StringToCoTaskMemUTF8(path);
        nint index = ClangMethods.CreateIndex(0, 0);
        try
        {
            var file = new ClangUnsavedFile
            {
                FileName = fileName,
                Contents = contentsHandle.AddrOfPinnedObject(),
                Length = new CULong((nuint)contents.Length),
            };
            int error = ClangMethods.ParseTranslationUnit(
                index, path, [.. arguments], arguments.Count, ref file, 1, DetailedPreprocessingRecord, out nint unit);
            return error == 0
                ? new TranslationUnit(index, unit)
                : throw new InvalidOperationException($"libclang could not parse '{path}': CXErrorCode {error}");
        }
        catch
        {
            ClangMethods.DisposeIndex(index);
            throw;
        }
        finally
        {
            Marshal.FreeCoTaskMem(fileName);
            contentsHandle.Free();
        }
    }

    /// <summary>What the C compiler would have refused.</summary>
    public IReadOnlyList<ClangDiagnostic> Errors()
    {
        var errors = new List<ClangDiagnostic>();
        for (uint i = 0; i < ClangMethods.DiagnosticCount(_unit); i++)
        {
            nint diagnostic = ClangMethods.Diagnostic(_unit, i);
            if (ClangMethods.DiagnosticSeverity(diagnostic) >= SeverityError)
            {
                ClangSourceLocation location = ClangMethods.DiagnosticLocation(diagnostic);
                ClangMethods.ExpansionLocation(location, out _, out uint line, out _, out _);
                string text = ClangMethods.FormatDiagnostic(diagnostic, ClangMethods.DefaultDiagnosticDisplayOptions()).TakeText();
                errors.Add(new ClangDiagnostic(ClangMethods.LocationIsFromMainFile(location) != 0 ? checked((int)line) : 0, text));
            }

            ClangMethods.DisposeDiagnostic(diagnostic);
        }

        return errors;
    }

    public void Dispose()
    {
        ClangMethods.DisposeTranslationUnit(_unit);
        ClangMethods.DisposeIndex(_index);
    }
}
