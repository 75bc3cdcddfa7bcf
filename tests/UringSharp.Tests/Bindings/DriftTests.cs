using UringSharp.Bindings;

namespace UringSharp.Tests.Bindings;

public sealed class DriftTests : BindingsFixture
{
    private string _folder = null!;

    [OneTimeSetUp]
    public void NeedsLibClang() => SkipWithoutLibClang();

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("uringsharp-drift-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void The_committed_bindings_are_those_of_the_header()
    {
        IReadOnlyDictionary<string, string> files = Generate();

        GeneratedFolder.Differences(GeneratedDirectory, files)
            .Should().BeEmpty("./build.sh generate makes them anew after a change of {0}", HeaderPath);
    }

    [Test]
    public void Generating_twice_gives_the_same_text()
    {
        Generate().Should().Equal(Generate());
    }

    [Test]
    public void A_file_that_was_altered_is_a_difference()
    {
        WriteBindings();
        File.AppendAllText(Path.Combine(_folder, "NativeMethods.g.cs"), " ");

        Differences().Should().Equal("NativeMethods.g.cs");
    }

    [Test]
    public void A_file_that_is_missing_is_a_difference()
    {
        WriteBindings();
        File.Delete(Path.Combine(_folder, "NativeRing.g.cs"));

        Differences().Should().Equal("NativeRing.g.cs");
    }

    [Test]
    public void A_file_that_is_not_generated_is_a_difference()
    {
        WriteBindings();
        File.WriteAllText(Path.Combine(_folder, "Stranger.cs"), "");

        Differences().Should().Equal("Stranger.cs");
    }

    [Test]
    public void Writing_deletes_what_is_no_longer_generated_and_nothing_else()
    {
        File.WriteAllText(Path.Combine(_folder, "NativeGone.g.cs"), "");
        File.WriteAllText(Path.Combine(_folder, "clangsharp.rsp"), "");

        WriteBindings();

        Directory.GetFiles(_folder).Select(Path.GetFileName).Should().BeEquivalentTo([.. Generate().Keys, "clangsharp.rsp"]);
    }

    private static IReadOnlyDictionary<string, string> Generate() =>
        BindingsGenerator.Generate(Path.Combine(RepositoryRoot, HeaderPath), HeaderPath);

    private void WriteBindings() => GeneratedFolder.Write(_folder, Generate());

    private IReadOnlyList<string> Differences() => GeneratedFolder.Differences(_folder, Generate());
}
