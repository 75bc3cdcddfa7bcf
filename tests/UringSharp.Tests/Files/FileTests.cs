using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files;

/// <summary>What the tests of files share: a folder on a real disk for each test, gone afterwards with nothing of it left open.</summary>
[WithoutSynchronizationContext]
public abstract class FileTests
{
    private TempFolder? _folder;

    private protected TempFolder Folder => _folder!;

    [SetUp]
    public void CreateFolder() => _folder = DiskFolder.Create();

    [TearDown]
    public async Task Nothing_of_the_folder_is_left_open()
    {
        try
        {
            if (_folder is not null)
            {
                await OpenDescriptors.AreGone(_folder.FullPath);
            }
        }
        finally
        {
            _folder?.Dispose();
        }
    }

    /// <summary>The exception an action throws, at once or by its task; fails when there is none in time.</summary>
    private protected static async Task<Exception> Failure(Func<Task> action)
    {
        try
        {
            Task task = action();
            await Eventually.Ends(task);
            await task;
        }
        catch (AssertionException)
        {
            throw;
        }
        catch (Exception e)
        {
            return e;
        }

        Assert.Fail("It has not failed.");
        return null!;
    }

    /// <summary>Awaits an operation of bounded time.</summary>
    private protected static async Task<T> Ends<T>(ValueTask<T> operation) => await Eventually.Ends(operation.AsTask());

    /// <summary>Awaits an operation of bounded time.</summary>
    private protected static async Task Ends(ValueTask operation)
    {
        Task task = operation.AsTask();
        await Eventually.Ends(task);
        await task;
    }

    private protected static Task<UringFile> Open(string path, FileAccess access = FileAccess.Read, FileMode mode = FileMode.Open, bool direct = false, UringContext? context = null) =>
        Ends(UringFile.OpenAsync(path, mode, access, new UringFileOptions { Direct = direct, Context = context }));
}
