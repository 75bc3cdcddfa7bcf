using System.Diagnostics;
using System.Globalization;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>What the tests of pipes share: a folder, a context, and the check that nothing is left of either, after every single test.</summary>
public abstract class PipeFixture
{
    private readonly List<UringPipeStream> _streams = [];
    private int _descriptorsBefore;
    private int _pumpThreadsBefore;
    private int _mappingsBefore;

    private protected TempFolder Folder { get; private set; } = null!;

    protected UringContext Context { get; private set; } = null!;

    protected NamedPipeOptions Options => new() { Context = Context };

    /// <summary>Threads of the context of a test.</summary>
    private protected int PumpThreads => ProcessFacts.PumpThreads - _pumpThreadsBefore;

    /// <summary>Which continuation mode the context of a test has.</summary>
    protected virtual ContinuationMode Mode => ContinuationMode.Adaptive;

    /// <summary>How the context of a test is set up.</summary>
    private protected virtual UringOptions ContextOptions => new() { Continuations = Mode };

    [OneTimeSetUp]
    public async Task Have_the_runtime_open_what_it_keeps()
    {
        // The first child process, timer and pool thread open descriptors that stay.
        using Process first = NativeHelpers.Start("/bin/true");
        await first.WaitForExitAsync();
        await Task.Run(() => Task.Delay(1));
    }

    [SetUp]
    public void Take_stock()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        _descriptorsBefore = OpenDescriptors.Count;
        _pumpThreadsBefore = ProcessFacts.PumpThreads;
        _mappingsBefore = ProcessFacts.RingMappings;
        Folder = new TempFolder();
        Context = new UringContext(ContextOptions);
    }

    [TearDown]
    public async Task Nothing_is_left()
    {
        foreach (UringPipeStream stream in _streams)
        {
            await stream.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
        }

        _streams.Clear();
        await Context.DisposeAsync().AsTask().WaitAsync(Eventually.Deadline);
        Context.Dispose();
        Folder.Dispose();
        await Eventually.Holds(
            () => OpenDescriptors.Count <= _descriptorsBefore
                && ProcessFacts.PumpThreads <= _pumpThreadsBefore
                && ProcessFacts.RingMappings <= _mappingsBefore,
            () => string.Create(CultureInfo.InvariantCulture,
                $"descriptors {_descriptorsBefore} before, {OpenDescriptors.Count} after ({OpenDescriptors.Describe()}); pump threads {_pumpThreadsBefore}, {ProcessFacts.PumpThreads}; ring mappings {_mappingsBefore}, {ProcessFacts.RingMappings}"),
            TimeSpan.FromSeconds(10));
    }

    /// <summary>A stream on a new FIFO, closed when the test ends, and the FIFO's path.</summary>
    private protected async Task<(UringPipeStream Stream, string Path)> OpenNewAsync(string name = "fifo")
    {
        string path = Folder.Fifo(name);
        UringPipeStream stream = await NamedPipe.OpenReadAsync(path, Options);
        _streams.Add(stream);
        return (stream, path);
    }

    /// <summary>Waits until the kernel has so many operations of the context.</summary>
    private protected Task Pends(int operations = 1) => Eventually.Holds(
        () => Context.GetStatistics().InFlight == operations,
        () => $"{Context.GetStatistics().InFlight} operations in flight instead of {operations}");

    /// <summary>A line of the report.</summary>
    internal static void Report(FormattableString line) => TestContext.Out.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// Runs a race on a thread that is neither the pump's nor the pool's: code in a continuation on the pump would keep it from the very race.
    /// </summary>
    private protected static Task OnAThreadOfItsOwn(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .WaitAsync(TimeSpan.FromMinutes(SoakTime.IsLong ? 60 : 3));

    /// <summary>Spends some time without giving the processor away.</summary>
    internal static void Spin(double microseconds)
    {
        long end = Stopwatch.GetTimestamp() + (long)(microseconds * Stopwatch.Frequency / 1e6);
        while (Stopwatch.GetTimestamp() < end)
        {
        }
    }

    /// <summary>Waits for another thread's signal without ever sleeping: for races that are to be close.</summary>
    private protected static void SpinUntilSet(ref int flag)
    {
        while (Volatile.Read(ref flag) == 0)
        {
            Thread.SpinWait(1);
        }
    }

    /// <summary>A seed that is printed, so that a failure can be seen again: URINGSHARP_SEED.</summary>
    private protected static int Seed()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("URINGSHARP_SEED"), CultureInfo.InvariantCulture, out int given)
            ? given
            : Random.Shared.Next();
        Report($"seed {seed}");
        return seed;
    }
}
