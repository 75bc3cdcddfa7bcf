using UringSharp.Tests.Support;

namespace UringSharp.Tests;

/// <summary>For the whole assembly: takes the copy of the child program away.</summary>
[SetUpFixture]
public sealed class TestChildSetUp
{
    [OneTimeTearDown]
    public void DeleteCopy() => TestChild.DeleteCopy();
}
