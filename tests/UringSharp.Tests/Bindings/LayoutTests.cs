using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using UringSharp.Bindings;

namespace UringSharp.Tests.Bindings;

/// <summary>Compares the generated types, as the runtime lays them out, with what a C program says of the header's.</summary>
public sealed class LayoutTests : BindingsFixture
{
    private ILookup<string, string[]> _statements = null!;

    [OneTimeSetUp]
    public void AskC()
    {
        var start = new ProcessStartInfo(Path.Combine(NativeDirectory, "child-layout")) { RedirectStandardOutput = true };
        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        child.ExitCode.Should().Be(0);
        _statements = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .ToLookup(words => words[0], words => words[1..]);
    }

    [Test]
    public void Every_struct_has_the_size_it_has_in_C()
    {
        IEnumerable<string> sizesInC = _statements["sizeof"].Select(words => $"{Naming.Type(words[0])} {words[1]}");

        ShouldAgree(Structs().Select(type => $"{type.Name} {SizeOf(type)}"), sizesInC);
    }

    [Test]
    public void Every_field_has_the_offset_and_size_it_has_in_C()
    {
        IEnumerable<string> fieldsInC = _statements["offset"].Select(words =>
        {
            string[] name = words[0].Split('.');
            return $"{Naming.Type(name[0])}.{Naming.Field(name[1])} {words[1]} {words[2]}";
        });

        IEnumerable<string> fields = Structs()
            .SelectMany(Fields, (type, field) => $"{type.Name}.{field.Name} {OffsetOf(type, field)} {SizeOf(field.FieldType)}");
        ShouldAgree(fields, fieldsInC);
    }

    [Test]
    public void Every_enum_member_has_the_value_it_has_in_C()
    {
        IEnumerable<string> membersInC = _statements["enum"]
            .GroupBy(words => words[0].Split('.')[0], words => (Name: words[0].Split('.')[1], Value: words[1]))
            .SelectMany(MembersInC);

        ShouldAgree(GeneratedTypes.Where(type => type.IsEnum).SelectMany(Members), membersInC);
    }

    /// <summary>Both say the same of the same things: nothing differs, and nothing is known to one side alone.</summary>
    private static void ShouldAgree(IEnumerable<string> inCSharp, IEnumerable<string> inC)
    {
        string[] managed = [.. inCSharp];
        string[] native = [.. inC];
        managed.Should().NotBeEmpty();
        managed.Except(native).Should().BeEmpty("C says the same");
        native.Except(managed).Should().BeEmpty("C# says the same");
    }

    private static IEnumerable<string> MembersInC(IGrouping<string, (string Name, string Value)> members)
    {
        string prefix = Naming.CommonPrefix(members.Key, [.. members.Select(member => member.Name)]);
        return members.Select(member => $"{Naming.Type(members.Key)}.{Naming.PascalCase(member.Name[prefix.Length..])} {member.Value}");
    }

    private static IEnumerable<string> Members(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => string.Create(CultureInfo.InvariantCulture, $"{type.Name}.{field.Name} {field.GetRawConstantValue()}"));

    /// <summary>All but the opaque ones, of which C tells no size.</summary>
    private static IEnumerable<Type> Structs() => GeneratedTypes.Where(type => !type.IsEnum && Fields(type).Any());

    private static IEnumerable<FieldInfo> Fields(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Instance);

    private static int SizeOf(Type type) => type.IsPointer
        ? nint.Size
        : (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    /// <summary>Where the runtime really puts a field: the difference of two addresses, not what an attribute says.</summary>
    private static nint OffsetOf(Type type, FieldInfo field)
    {
        var method = new DynamicMethod("OffsetOf", typeof(nint), [], type, skipVisibility: true);
        ILGenerator body = method.GetILGenerator();
        LocalBuilder value = body.DeclareLocal(type);
        body.Emit(OpCodes.Ldloca, value);
        body.Emit(OpCodes.Ldflda, field);
        body.Emit(OpCodes.Conv_I);
        body.Emit(OpCodes.Ldloca, value);
        body.Emit(OpCodes.Conv_I);
        body.Emit(OpCodes.Sub);
        body.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<nint>>()();
    }
}
