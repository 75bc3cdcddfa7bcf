namespace UringSharp.Tests.Model;

/// <summary>
/// Where objects belong (contexts of every kind, one that a run may dispose at any time, and an event loop that it may end), and from where calls are made (the run's own
/// thread, the thread pool, the loop).
/// </summary>
internal sealed class ModelPlaces : IDisposable
{
    public const int Count = 5;
    public const int Callers = 4;

    /// <summary>The context that a run may dispose.</summary>
    public const int OwnContext = 3;

    /// <summary>The event loop.</summary>
    public const int Loop = 4;

    private const int PoolCaller = 2;
    private const int LoopCaller = 3;

    private readonly UringContext[] _contexts =
    [
        new(new UringOptions { Continuations = ContinuationMode.Adaptive }),
        new(new UringOptions { Continuations = ContinuationMode.ThreadPool, RingCount = 2 }),
        new(new UringOptions { Continuations = ContinuationMode.Inline, QueueDepth = 8 }),
        OfTheRun(),
    ];

    private LoopOfPlace _loop = new();

    /// <summary>Opens something that belongs to a place.</summary>
    public T Open<T>(int place, Func<UringContext?, Task<T>> open, string what) => ModelWait.Answer(Opening(place, open), what);

    /// <summary>As <see cref="Open"/>, for what waits.</summary>
    public Task<T> Opening<T>(int place, Func<UringContext?, Task<T>> open) =>
        place == Loop ? Start(LoopCaller, () => open(null)) : Start(0, () => open(_contexts[place]));

    /// <summary>Makes a call from somewhere; it has been made when this returns. What it throws at once is its answer too.</summary>
    public Task<T> Start<T>(int caller, Func<Task<T>> call)
    {
        Task<T>? started = null;
        switch (caller)
        {
            case PoolCaller:
                ModelWait.End(Task.Run(Begin), "A call on the pool");
                break;
            case LoopCaller:
                ModelWait.End(_loop.Loop.InvokeAsync(Begin), "A call on the loop");
                break;
            default:
                Begin();
                break;
        }

        return started!;

        void Begin() => started = Calling(call);
    }

    /// <summary>As <see cref="Start{T}"/>, of a call without an answer.</summary>
    public Task Start(int caller, Func<Task> call) => Start(caller, async () =>
    {
        await call().ConfigureAwait(false);
        return true;
    });

    /// <summary>Disposes the context of the run, or ends the loop, and makes a new one.</summary>
    public void Renew(int place)
    {
        if (place == Loop)
        {
            _loop.Dispose();
            _loop = new LoopOfPlace();
        }
        else
        {
            ModelWait.End(_contexts[OwnContext].DisposeAsync().AsTask(), "The end of a context");
            _contexts[OwnContext] = OfTheRun();
        }
    }

    public void Dispose()
    {
        _loop.Dispose();
        foreach (UringContext context in _contexts)
        {
            context.Dispose();
        }
    }

    private static UringContext OfTheRun() => new(new UringOptions { QueueDepth = 4 });

    private static async Task<T> Calling<T>(Func<Task<T>> call) => await call().ConfigureAwait(false);

    /// <summary>A loop on a thread of its own.</summary>
    private sealed class LoopOfPlace : IDisposable
    {
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<UringLoop> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LoopOfPlace()
        {
            new Thread(Run) { IsBackground = true, Name = "model-loop" }.Start();
            Loop = ModelWait.Answer(_begun.Task, "The beginning of a loop");
        }

        public UringLoop Loop { get; }

        public void Dispose()
        {
            _end.TrySetResult();
            ModelWait.End(_ended.Task, "The end of a loop");
            _ended.Task.GetAwaiter().GetResult();
        }

        private void Run()
        {
            try
            {
                UringLoop.Run(async () =>
                {
                    _begun.SetResult(UringLoop.Current!);
                    await _end.Task;
                });
                _ended.SetResult();
            }
            catch (Exception e)
            {
                _begun.TrySetException(e);
                _ended.SetException(e);
            }
        }
    }
}
