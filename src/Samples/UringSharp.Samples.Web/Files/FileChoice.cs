using Microsoft.Extensions.FileProviders;
using UringSharp.Extensions;
using UringSharp.Samples.Web.Pipes;

namespace UringSharp.Samples.Web.Files;

/// <summary>By what files and pipes are read: UringSharp, or for comparison what .NET has.</summary>
internal sealed class FileChoice
{
    private static readonly FileChoice[] s_all =
    [
        new("uring", static (root, context) => new UringFileProvider(root, context)),
        // The same way through ASP.NET Core, with a FileStream at its end.
        new("filestream", static (root, _) => new StreamedFileProvider(root)),
        // As ASP.NET Core does it by itself: SendFileAsync, which is a FileStream too, with 16 KiB at a time.
        new("physical", static (root, _) => new PhysicalFileProvider(root)),
    ];

    private readonly Func<string, UringContext, IFileProvider> _createProvider;

    private FileChoice(string name, Func<string, UringContext, IFileProvider> createProvider)
    {
        Name = name;
        _createProvider = createProvider;
    }

    /// <summary>What each is called: <c>--files NAME</c>.</summary>
    public static IEnumerable<string> Names => s_all.Select(static choice => choice.Name);

    public string Name { get; }

    public bool ReadsPipesByUring => Name == "uring";

    public static FileChoice Of(string? name) =>
        Array.Find(s_all, choice => choice.Name == (name ?? "uring")) ?? throw new ArgumentException($"--files may be {string.Join(", ", Names)}, not '{name}'.");

    public IFileProvider CreateProvider(string root, UringContext context) => _createProvider(root, context);

    public PipeOpener CreateOpener(UringContext context) => ReadsPipesByUring ? new UringPipeOpener(context) : new FileStreamPipeOpener();
}
