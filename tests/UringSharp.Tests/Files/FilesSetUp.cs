namespace UringSharp.Tests.Files;

[SetUpFixture]
public sealed class FilesSetUp
{
    [OneTimeTearDown]
    public void DeleteBigFile() => BigFile.Delete();
}
