namespace UringSharp.Tests.Cli;

public sealed class CommandLineTests
{
    [Test]
    public async Task Without_a_command_the_help_page_comes_and_the_exit_code_is_0()
    {
        UringResult bare = await UringProcess.RunAsync();
        UringResult help = await UringProcess.RunAsync("--help");

        bare.ExitCode.Should().Be(0);
        bare.Text.Should().Be(help.Text);
        bare.Error.Should().BeEmpty();
    }

    [Test]
    public async Task The_help_page_names_each_command_and_each_exit_code_and_no_hidden_command()
    {
        UringResult help = await UringProcess.RunAsync("--help");

        help.Text.Should().ContainAll("info ", "read [PATH…]", "copy SRC DST", "demo ", "bench ", "Examples:", "Exit codes:", "  124  ", "  130  ", "  141  ", "  143  ");
        help.Text.Should().NotContainAny("demo-writer", "demo-filestream");
    }

    [TestCase("info", "uring info")]
    [TestCase("read", "--timeout SECONDS")]
    [TestCase("copy", "uring copy SRC DST [--force]")]
    [TestCase("demo", "--folder PATH")]
    [TestCase("bench", "--rows GLOB")]
    public async Task Each_command_has_a_page_of_its_own(string command, string expected)
    {
        UringResult help = await UringProcess.RunAsync(command, "--help");

        help.ExitCode.Should().Be(0);
        help.Text.Should().ContainAll($"uring {command}", expected, "Examples:", "Exit codes:");
    }

    [TestCase("Did you mean 'read'?", "raed", "file")]
    [TestCase("Did you mean 'demo'?", "dmo")]
    [TestCase("Did you mean '--quick'?", "demo", "--quik")]
    [TestCase("Did you mean '--timeout'?", "read", "--tiemout", "5")]
    [TestCase("Did you mean '--help'?", "help")]
    public async Task A_mistyped_word_is_answered_with_what_may_have_been_meant(string expected, params string[] line)
    {
        UringResult result = await UringProcess.RunAsync(line);

        result.Error.Should().Contain(expected);
        result.ExitCode.Should().Be(2);
        result.Text.Should().BeEmpty();
    }

    [TestCase("read", "--timeout")]
    [TestCase("read", "--timeout", "soon")]
    [TestCase("read", "--timeout", "-1")]
    [TestCase("read", "--timeout", "0")]
    [TestCase("demo", "--step", "9")]
    [TestCase("bench", "--rows", "nothing-of-this-name")]
    [TestCase("bench", "--rounds", "0")]
    [TestCase("demo", "surplus")]
    [TestCase("--unknown")]
    public async Task A_wrong_command_line_is_explained_and_the_exit_code_is_2(params string[] line)
    {
        UringResult result = await UringProcess.RunAsync(line);

        result.ExitCode.Should().Be(2);
        result.Error.Should().StartWith("uring: ").And.Contain("usage: uring").And.Contain("--help");
        result.Error.Should().NotContain("Unhandled");
    }

    [Test]
    public async Task The_version_is_told()
    {
        UringResult result = await UringProcess.RunAsync("--version");

        result.ExitCode.Should().Be(0);
        result.Text.Should().MatchRegex(@"^\d+\.\d+\.\d+");
    }

    [Test]
    [Category("Uring")]
    public async Task Info_tells_of_each_feature_and_of_the_limits()
    {
        UringResult result = await UringProcess.RunAsync("info");

        result.ExitCode.Should().Be(0);
        result.Text.Should().ContainAll(Enum.GetNames<UringFeature>());
        result.Text.Should().ContainAll("io_uring is available", "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "kernel.io_uring_disabled", "Adaptive");
        result.Text.Should().NotContain("\e", "standard output is no terminal");
    }
}
