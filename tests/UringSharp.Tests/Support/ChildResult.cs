namespace UringSharp.Tests.Support;

/// <summary>How a <see cref="TestChild"/> ended. It prints lines of the form "name: value".</summary>
internal sealed record ChildResult(int ExitCode, string Output, string Errors)
{
    /// <summary>The value of a line.</summary>
    public string this[string name] => All(name) is [string value] ? value : throw new AssertionException($"One line '{name}' was expected.\n{this}");

    /// <summary>The values of all lines of a name.</summary>
    public string[] All(string name) =>
        [.. Output.Split('\n').Where(line => line.StartsWith(name + ": ", StringComparison.Ordinal)).Select(line => line[(name.Length + 2)..])];

    public ChildResult ShouldHaveSucceeded()
    {
        ExitCode.Should().Be(0, "{0}", this);
        return this;
    }

    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Errors}";
}
