using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>Standard input, whatever it is, in a process of its own.</summary>
public sealed class StandardInputTests : PipeFixture
{
    private const string Redirected = "exec \"$@\" < \"$0\"";

    [Test]
    public async Task A_file_is_read_from_where_it_stands_and_the_next_program_goes_on_there()
    {
        byte[] content = new byte[300_000];
        new Random(Seed()).NextBytes(content);
        string file = Folder.File("file", content);

        ChildResult all = await TestChild.RunBehindAsync(["/bin/sh", "-c", Redirected, file], "read-standard-input");
        ChildResult behind = await TestChild.RunBehindAsync(["/bin/sh", "-c", "(head -c 1000 > /dev/null; exec \"$@\") < \"$0\"", file], "read-standard-input");

        all.Output.Trim().Should().Be($"300000 {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(content))}", all.Errors);
        behind.Output.Trim().Should().EndWith(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(content.AsSpan(300_000 - Count(behind)))), behind.Errors);

        static int Count(ChildResult result) => int.Parse(result.Output.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Test]
    public async Task An_empty_device_ends_at_once()
    {
        ChildResult result = await TestChild.RunBehindAsync(["/bin/sh", "-c", Redirected, "/dev/null"], "read-standard-input");

        result.Output.Should().StartWith("0 ", result.Errors);
    }

    [Test]
    public async Task A_pipe_is_read_to_its_end()
    {
        ChildResult result = await TestChild.RunBehindAsync(["/bin/sh", "-c", "head -c 200000 /dev/zero | exec \"$@\"", "sh"], "read-standard-input");

        result.Output.Should().StartWith("200000 ", result.Errors);
    }

    [Test]
    public async Task A_folder_is_refused()
    {
        ChildResult result = await TestChild.RunBehindAsync(["/bin/sh", "-c", Redirected, "/"], "read-standard-input");

        result.Output.Trim().Should().Be("UnauthorizedAccessException", result.Errors);
    }

    [Test]
    public async Task Where_there_is_none_nothing_of_the_runtimes_own_is_read()
    {
        ChildResult result = await TestChild.RunBehindAsync(["/bin/sh", "-c", "exec \"$@\" <&-", "sh"], "read-standard-input");

        result.Output.Trim().Should().Be("UnauthorizedAccessException", result.Errors);
    }
}
