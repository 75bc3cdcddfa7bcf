using System.Diagnostics;
using UringSharp.Engine;
using UringSharp.Tests.Engine;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Loops;

/// <summary>Calls that other threads make for a loop: their code goes on on it, and its end is theirs.</summary>
[NonParallelizable]
public sealed class LoopBlockingCallTests
{
    [Test]
    public async Task Calls_of_the_blocking_pool_end_with_the_loop_they_were_begun_on()
    {
        using var fuse = FuseFolder.Mount();
        string path = fuse.One;
        List<string> ended = [];
        List<Task> tasks = [];
        bool isStalled = false;
        await LoopThread.RunAsync(async () =>
        {
            UringLoop loop = UringLoop.Current!;
            fuse.Stall();
            isStalled = true;
            Begin("stat", async () => await UringFileSystem.StatAsync(fuse.Two));
            Begin("open", async () => await UringFile.OpenAsync(path, FileMode.Open, FileAccess.Read));
            Begin("stream", async () => await UringFileStream.OpenAsync(path, new FileStreamOptions()));
            Begin("delete", async () => await UringFileSystem.DeleteAsync(path + ".not-there"));
            Begin("copy", async () => await UringFileSystem.CopyAsync(path, path + ".copy"));
            await loop.Delay(TimeSpan.FromMilliseconds(50));

            void Begin(string name, Func<Task> call) => tasks.Add(RunAsync(name, call));

            async Task RunAsync(string name, Func<Task> call)
            {
                try
                {
                    await call();
                }
                finally
                {
                    UringLoop.Current.Should().BeSameAs(loop);
                    ended.Add(name);
                }
            }
        });
        isStalled.Should().BeTrue();
        ended.Should().BeEquivalentTo("stat", "open", "stream", "delete", "copy");
        foreach (Task task in tasks)
        {
            (await FluentActions.Awaiting(() => task).Should().ThrowAsync<ObjectDisposedException>()).Which.ObjectName.Should().Be(typeof(UringLoop).FullName);
        }

        fuse.Resume();
    }

    [Test]
    public async Task A_flush_is_waited_for_or_refused()
    {
        using TempFolder folder = DiskFolder.Create();
        string path = folder.File("file", new byte[4096]);
        for (int round = 0; round < 20; round++)
        {
            int ended = 0;
            await LoopThread.RunAsync(async () =>
            {
                UringLoop loop = UringLoop.Current!;
                for (int i = 0; i < 4; i++)
                {
                    _ = FlushAsync();
                }

                if (round % 2 == 0)
                {
                    await Task.Yield();
                }

                async Task FlushAsync()
                {
                    UringFile? file = null;
                    try
                    {
                        file = await UringFile.OpenAsync(path, FileMode.Open, FileAccess.ReadWrite);
                        await file.WriteAsync(new byte[8], 0);
                        await file.FlushAsync();
                    }
                    catch (ObjectDisposedException)
                    {
                        // Refused.
                    }
                    finally
                    {
                        UringLoop.Current.Should().BeSameAs(loop);
                        if (file is not null)
                        {
                            await file.DisposeAsync();
                        }

                        ended++;
                    }
                }
            });
            ended.Should().Be(4);
        }
    }

    [Test]
    public async Task A_copy_or_a_write_that_the_end_cuts_leaves_no_half_file([Values] bool overwrites)
    {
        const int length = 300_000;
        using TempFolder folder = DiskFolder.Create();
        byte[] content = new byte[length];
        Random.Shared.NextBytes(content);
        string source = folder.File("source", content);
        int descriptors = Footprint.DescriptorsInUse;
        int cut = 0;
        for (int round = 0; round < 150; round++)
        {
            string copy = folder[$"copy-{round}"];
            string written = folder[$"written-{round}"];
            if (overwrites)
            {
                folder.File($"copy-{round}", [1]);
                folder.File($"written-{round}", [1]);
            }

            int spins = 100 * round;
            Task[] tasks = [];
            await LoopThread.RunAsync(() =>
            {
                tasks =
                [
                    UringFileSystem.CopyAsync(source, copy, overwrites).AsTask(),
                    UringFileSystem.WriteAllBytesAsync(written, content).AsTask(),
                ];
                Thread.SpinWait(spins);
                return round % 2 == 0 ? Task.CompletedTask : Task.Delay(1);
            });
            foreach (Task task in tasks)
            {
                task.IsCompleted.Should().BeTrue();
                if (!task.IsCompletedSuccessfully)
                {
                    cut++;
                    (await FluentActions.Awaiting(() => task).Should().ThrowAsync<ObjectDisposedException>()).Which.ObjectName.Should().Be(typeof(UringLoop).FullName);
                }
            }

            // What the kernel was at when the loop ended goes away when it has done.
            await Eventually.Holds(() => Look(copy, tasks[0]), () => $"round {round}: half a copy, or none");
        }

        TestContext.Out.WriteLine($"{cut} cut");
        await Eventually.Holds(
            () => Directory.GetFiles(folder.FullPath, ".uring-*").Length == 0,
            () => $"left: {string.Join(' ', Directory.GetFiles(folder.FullPath, ".uring-*"))}");
        await Eventually.Holds(() => Footprint.DescriptorsInUse <= descriptors, () => $"{Footprint.Descriptors - descriptors} descriptors left");

        bool Look(string path, Task task)
        {
            FileInfo info = new(path);
            return task.IsCompletedSuccessfully ? info.Exists && info.Length == length
                : overwrites ? info.Exists && info.Length is 1 or length
                : !info.Exists || info.Length == length;
        }
    }

    [Test]
    public async Task An_open_that_waits_for_a_reader_runs_its_finally_on_the_loop_before_Run_returns()
    {
        using TempFolder folder = new();
        string fifo = folder.Fifo();
        for (int round = 0; round < 60; round++)
        {
            int ended = 0;
            await LoopThread.RunAsync(async () =>
            {
                UringLoop loop = UringLoop.Current!;
                _ = OpenAsync();
                if (round % 3 != 0)
                {
                    await UringFileSystem.DeleteAsync(fifo + ".not-there").AsTask().ContinueWith(static _ => { }, TaskScheduler.Default);
                    await loop.Delay(TimeSpan.FromMilliseconds(round % 3));
                }

                async Task OpenAsync()
                {
                    try
                    {
                        await NamedPipe.OpenWriteAsync(fifo);
                    }
                    catch (ObjectDisposedException)
                    {
                        // As it should be.
                    }
                    finally
                    {
                        UringLoop.Current.Should().BeSameAs(loop);
                        ended++;
                    }
                }
            });
            ended.Should().Be(1, "round {0}", round);
        }
    }

    [Test]
    public async Task Calls_that_end_beside_the_loop_all_end_on_it()
    {
        int seed = TestContext.CurrentContext.Random.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        Random random = new(seed);
        for (int round = 0; round < 300; round++)
        {
            int ended = 0;
            int elsewhere = 0;
            int spins = random.Next(5_000);
            int begun = random.Next(1, 8);
            using CancellationTokenSource source = new();
            await LoopThread.RunAsync(async () =>
            {
                int thread = Environment.CurrentManagedThreadId;
                for (int i = 0; i < begun; i++)
                {
                    _ = CallAsync(random.Next(3_000), i % 2 == 0 ? source.Token : CancellationToken.None);
                }

                var cancelling = Task.Run(source.Cancel);
                Thread.SpinWait(spins);
                if (spins % 2 == 0)
                {
                    await Task.Yield();
                }

                async Task CallAsync(int work, CancellationToken token)
                {
                    try
                    {
                        await BlockingPool.Shared.RunAsync(
                            static work =>
                            {
                                Thread.SpinWait(work);
                                return work;
                            },
                            work,
                            token);
                    }
                    catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException)
                    {
                        // Both are right.
                    }
                    finally
                    {
                        ended++;
                        elsewhere += Environment.CurrentManagedThreadId == thread ? 0 : 1;
                    }
                }
            });
            ended.Should().Be(begun, "round {0}", round);
            elsewhere.Should().Be(0, "round {0}", round);
        }
    }

    [Test]
    public async Task A_stream_whose_opening_is_cut_by_the_end_of_the_loop_leaves_no_descriptor()
    {
        // Reserving room takes a while, in which the loop ends.
        using TempFolder folder = new();
        string[] paths = [.. Enumerable.Range(0, 4).Select(i => folder[$"file-{i}"])];
        Random random = new(1);
        int cut = 0;
        for (int round = 0; round < 200 && cut < 50; round++)
        {
            List<Task> openings = [];
            await LoopThread.RunAsync(async () =>
            {
                for (int i = 0; i < paths.Length; i++)
                {
                    openings.Add(OpenAsync(paths[i]));
                }

                long end = Stopwatch.GetTimestamp() + random.NextInt64(Stopwatch.Frequency / 1_000);
                while (Stopwatch.GetTimestamp() < end)
                {
                    await Task.Yield();
                }
            });
            await Task.WhenAll(openings).ContinueWith(static _ => { }, TaskScheduler.Default);
            cut += openings.Count(static opening => opening.Exception?.InnerException is ObjectDisposedException);
        }

        cut.Should().BePositive();
        await OpenDescriptors.AreGone(folder.FullPath);

        static async Task OpenAsync(string path)
        {
            await using UringFileStream stream = await UringFileStream.OpenAsync(
                path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.ReadWrite, PreallocationSize = 64 << 20 });
        }
    }
}
