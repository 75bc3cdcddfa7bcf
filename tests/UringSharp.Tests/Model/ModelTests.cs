using System.Globalization;
using UringSharp.Tests.Pipes;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Model;

/// <summary>
/// Random sequences over the whole of the library (files, streams, pipes, FIFOs, an eventfd, on contexts of every kind and an event loop, called from several threads) do what a simple model
/// says. URINGSHARP_SEED repeats one, URINGSHARP_SOAK goes on for so many seconds.
/// </summary>
public sealed class ModelTests
{
    private const int Sequences = 250;

    /// <summary>Fewer do where the machine is busy.</summary>
    private const double LongestSeconds = 5;

    [Test]
    public async Task Random_sequences_over_files_pipes_and_events_do_what_a_model_says()
    {
        bool isGiven = int.TryParse(Environment.GetEnvironmentVariable("URINGSHARP_SEED"), CultureInfo.InvariantCulture, out int seed);
        seed = isGiven ? seed : Random.Shared.Next();
        SoakTime time = new();
        int sequences = 0;
        int steps = 0;
        using TempFolder folder = new();
        await OnAThreadOfItsOwn(() =>
        {
            using ModelPlaces places = new();
            do
            {
                steps += ModelRun.Run(places, folder.FullPath, unchecked(seed + sequences));
                sequences++;
            }
            while (!isGiven && time.GoesOn(sequences >= Sequences || time.Elapsed.TotalSeconds > LongestSeconds));
        });
        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"seeds {seed} to {unchecked(seed + sequences - 1)}: {steps} steps in {time.Elapsed.TotalSeconds:0.0} s"));
        await Support.OpenDescriptors.AreGone(folder.FullPath);
    }

    /// <summary>Neither the pump's nor the pool's: the run waits.</summary>
    private static Task OnAThreadOfItsOwn(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
