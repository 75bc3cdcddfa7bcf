using System.Buffers.Binary;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;
using System.Xml.Linq;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Packages;

/// <summary>What the packages hold.</summary>
[Category("Package")]
public sealed class PackageContentTests
{
    private static readonly string[] s_natives =
    [
        "runtimes/linux-arm64/native/liburingsharp.so", "runtimes/linux-musl-x64/native/liburingsharp.so", "runtimes/linux-x64/native/liburingsharp.so",
    ];

    private static readonly string[] s_packages = ["UringSharp", "UringSharp.Extensions", "UringSharp.Tool"];

    [Test]
    public void The_package_holds_the_library_its_documentation_and_a_native_for_each_runtime()
    {
        using ZipArchive package = PackedFiles.Open("UringSharp");

        PackedFiles.Entries(package).Should().BeEquivalentTo(
            [.. s_natives, "lib/net10.0/UringSharp.dll", "lib/net10.0/UringSharp.xml", "README.md", "icon.png", "UringSharp.nuspec"]);
    }

    [Test]
    public void The_tool_brings_the_native_for_each_runtime_and_no_program_for_one_processor()
    {
        using ZipArchive package = PackedFiles.Open("UringSharp.Tool");

        PackedFiles.Entries(package).Where(static name => name.StartsWith("tools/net10.0/any/", StringComparison.Ordinal) && !name.EndsWith(".dll", StringComparison.Ordinal))
            .Should().BeEquivalentTo([.. s_natives.Select(static name => "tools/net10.0/any/" + name), .. Own("DotnetToolSettings.xml", "uring.deps.json", "uring.runtimeconfig.json", "uring.pdb")]);

        static string[] Own(params string[] names) => [.. names.Select(static name => "tools/net10.0/any/" + name)];
    }

    [Test]
    public void The_extensions_are_managed_code_alone_and_depend_on_the_library_of_the_same_version()
    {
        using ZipArchive package = PackedFiles.Open("UringSharp.Extensions");

        PackedFiles.Entries(package).Should().BeEquivalentTo(
            ["lib/net10.0/UringSharp.Extensions.dll", "lib/net10.0/UringSharp.Extensions.xml", "README.md", "icon.png", "UringSharp.Extensions.nuspec"]);
        var dependencies = Metadata(package, "UringSharp.Extensions")["dependencies"].Descendants().Where(static element => element.Attribute("id") is not null)
            .ToDictionary(static element => element.Attribute("id")!.Value, static element => element.Attribute("version")!.Value);
        dependencies.Should().Contain("UringSharp", PackedFiles.Version);
        dependencies.Keys.Should().OnlyContain(static id => id == "UringSharp" || id.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal));
    }

    [Test]
    public void Each_native_is_made_for_its_processor()
    {
        using ZipArchive package = PackedFiles.Open("UringSharp");
        foreach (string name in s_natives)
        {
            byte[] library = PackedFiles.Read(package, name);
            BinaryPrimitives.ReadUInt16LittleEndian(library.AsSpan(18)).Should().Be((ushort)(name.Contains("arm64", StringComparison.Ordinal) ? 183 : 62), name);
        }
    }

    [Test]
    public void No_library_that_injects_faults_is_packed()
    {
        foreach (string id in s_packages)
        {
            using ZipArchive package = PackedFiles.Open(id);
            foreach (string name in PackedFiles.Entries(package).Where(static name => name.EndsWith(".so", StringComparison.Ordinal)))
            {
                PackedFiles.Read(package, name).AsSpan().IndexOf("URINGSHARP_FAULTS"u8).Should().Be(-1, name);
            }
        }
    }

    [Test]
    public void The_package_says_its_licence_and_commit_and_depends_on_nothing()
    {
        using ZipArchive package = PackedFiles.Open("UringSharp");
        Dictionary<string, XElement> metadata = Metadata(package, "UringSharp");

        metadata["license"].Value.Should().Be("MIT");
        metadata["readme"].Value.Should().Be("README.md");
        metadata["icon"].Value.Should().Be("icon.png");
        metadata["repository"].Attribute("commit")!.Value.Should().MatchRegex("^[0-9a-f]{40}$");
        metadata["dependencies"].Descendants().Should().ContainSingle("one group, of one framework, without a dependency");
    }

    [Test]
    public void The_symbols_bring_their_sources_and_name_no_folder_of_the_machine_that_built_them()
    {
        var embeddedSource = new Guid("0E8A571B-6926-466E-B4AD-8AB04611F5FE");
        using ZipArchive package = PackedFiles.Open("UringSharp", "snupkg");
        using MemoryStream content = new(PackedFiles.Read(package, "lib/net10.0/UringSharp.pdb"));
        using var provider = MetadataReaderProvider.FromPortablePdbStream(content);
        MetadataReader reader = provider.GetMetadataReader();

        string[] documents = [.. reader.Documents.Select(document => reader.GetString(reader.GetDocument(document).Name))];
        documents.Should().HaveCountGreaterThan(100).And.OnlyContain(static name => name.StartsWith("/_", StringComparison.Ordinal));
        reader.Documents.Should().OnlyContain(document => reader.GetCustomDebugInformation(document)
            .Any(information => reader.GetGuid(reader.GetCustomDebugInformation(information).Kind) == embeddedSource));
    }

    [Test]
    public void Nothing_in_the_packages_tells_where_or_when_they_were_made()
    {
        byte[] root = Encoding.UTF8.GetBytes(NativeHelpers.Recorded("RepositoryRoot"));
        foreach ((string id, string extension) in s_packages.SelectMany(static id => new[] { (id, "nupkg"), (id, "snupkg") }))
        {
            using ZipArchive package = PackedFiles.Open(id, extension);
            // All files have the time of the commit.
            package.Entries.Select(static entry => entry.LastWriteTime.DateTime).Where(static time => time.Year > 1980).Distinct().Should().ContainSingle();
            foreach (ZipArchiveEntry entry in package.Entries)
            {
                PackedFiles.Read(package, entry.FullName).AsSpan().IndexOf(root).Should().Be(-1, "{0} of {1}", entry.FullName, id);
            }
        }
    }

    private static Dictionary<string, XElement> Metadata(ZipArchive package, string id)
    {
        var text = XDocument.Parse(Encoding.UTF8.GetString(PackedFiles.Read(package, id + ".nuspec")).TrimStart('\uFEFF'));
        return text.Root!.Elements().Single().Elements().ToDictionary(static element => element.Name.LocalName);
    }
}
