using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>The library in a load context of its own, as plug-ins have it.</summary>
[NonParallelizable]
[WithoutSynchronizationContext]
public sealed class LoadContextTests
{
    [Test]
    public async Task Unloading_ends_the_default_context_and_leaves_nothing_of_the_library()
    {
        int threads = RingThreads();
        WeakReference loadContext = await UseAndUnloadAsync();

        await Eventually.Holds(() => RingThreads() == threads, () => $"{RingThreads()} threads of rings, not {threads}");
        await Eventually.Holds(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return !loadContext.IsAlive;
            },
            static () => "the load context is alive");
    }

    /// <summary>The exception, its stack trace and the task refer to the library: they are gone when this has ended.</summary>
    private static async Task<WeakReference> UseAndUnloadAsync()
    {
        (WeakReference loadContext, Task<int> pending) = Use();
        Func<Task> read = () => Eventually.Ends(pending);
        await read.Should().ThrowAsync<ObjectDisposedException>();
        return loadContext;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference LoadContext, Task<int> Pending) Use()
    {
        AssemblyLoadContext loadContext = new("plug-in", isCollectible: true);
        Assembly library = loadContext.LoadFromAssemblyPath(typeof(UringContext).Assembly.Location);
        library.Should().NotBeSameAs(typeof(UringContext).Assembly);
        var pair = (ITuple)library.GetType(typeof(UringPipeStream).FullName!)!.GetMethod(nameof(UringPipeStream.CreatePair))!.Invoke(null, [null])!;
        var reader = (Stream)pair[0]!;
        var writer = (Stream)pair[1]!;
        writer.WriteByte(7);
        reader.ReadByte().Should().Be(7);
        Task<int> pending = reader.ReadAsync(new byte[1]).AsTask();
        loadContext.Unload();
        return (new WeakReference(loadContext), pending);
    }

    private static int RingThreads() => Directory.GetDirectories("/proc/self/task").Count(static task =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).StartsWith("uring-", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return false;
        }
    });
}
