using System.Runtime.CompilerServices;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>A pipe that nobody disposes of.</summary>
public sealed class AbandonedTests : PipeFixture
{
    [Test]
    public async Task One_that_is_idle_is_closed_by_the_garbage_collector()
    {
        string path = Folder.Fifo();
        await Abandon(path);

        await AreCollected(path);
    }

    [Test]
    public async Task One_with_a_read_that_somebody_awaits_stays()
    {
        string path = Folder.Fifo();
        Task<int> read = await Read(path);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        FifoWriter.Visit(path, [1, 2, 3]);

        (await Eventually.Ends(read)).Should().Be(3);
        await AreCollected(path);
    }

    private static Task AreCollected(string path) => Eventually.Holds(
        () =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return OpenDescriptors.CountOf(path) == 0;
        },
        () => $"{OpenDescriptors.CountOf(path)} are open");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task Abandon(string path)
    {
        for (int i = 0; i < 10; i++)
        {
            _ = await NamedPipe.OpenReadAsync(path, Options).ConfigureAwait(false);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<Task<int>> Read(string path)
    {
        UringPipeStream stream = await NamedPipe.OpenReadAsync(path, Options).ConfigureAwait(false);
        return stream.ReadAsync(new byte[8]).AsTask();
    }
}
