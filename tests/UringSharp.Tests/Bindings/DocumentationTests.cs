using UringSharp.Bindings.Model;
using UringSharp.Bindings.Parsing;

namespace UringSharp.Tests.Bindings;

/// <summary>The header says of everything it declares what it is.</summary>
public sealed class DocumentationTests : BindingsFixture
{
    private CHeader _header = null!;

    [OneTimeSetUp]
    public void Read_the_header()
    {
        SkipWithoutLibClang();
        _header = HeaderParser.Parse(Path.Combine(RepositoryRoot, HeaderPath), HeaderPath);
    }

    [Test]
    public void Each_function_is_documented()
    {
        _header.Functions.Should().HaveCountGreaterThan(80);
        _header.Functions.Where(static function => function.Documentation.Count == 0).Should().BeEmpty();
    }

    [Test]
    public void Each_struct_field_enum_member_and_constant_is_documented()
    {
        _header.Structs.Where(static type => type.Documentation.Count == 0).Should().BeEmpty();
        _header.Structs.SelectMany(static type => type.Fields).Where(static field => field.Documentation.Count == 0).Should().BeEmpty();
        _header.Enums.Where(static type => type.Documentation.Count == 0).Should().BeEmpty();
        _header.Enums.SelectMany(static type => type.Members).Where(static member => member.Documentation.Count == 0).Should().BeEmpty();
        _header.Constants.Where(static constant => constant.Documentation.Count == 0).Should().BeEmpty();
    }
}
