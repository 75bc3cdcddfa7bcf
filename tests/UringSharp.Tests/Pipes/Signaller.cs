namespace UringSharp.Tests.Pipes;

/// <summary>Does something, a random moment after it is told to, on a thread of its own: the other side of a race.</summary>
internal sealed class Signaller : IDisposable
{
    private readonly AutoResetEvent _begin = new(false);
    private readonly AutoResetEvent _end = new(false);
    private readonly Thread _thread;
    private Exception? _failure;
    private bool _stop;

    public Signaller(int seed, Action action, double longestPauseMicroseconds = 12)
    {
        _thread = new Thread(() =>
        {
            Random random = new(seed);
            while (_begin.WaitOne() && !Volatile.Read(ref _stop))
            {
                PipeFixture.Spin(random.NextDouble() * longestPauseMicroseconds);
                try
                {
                    action();
                }
                catch (Exception e)
                {
                    _failure = e;
                }

                _end.Set();
            }
        });
        _thread.Start();
    }

    public void Begin() => _begin.Set();

    /// <summary>Waits until it is done; an exception of the action is thrown here.</summary>
    public void AwaitEnd()
    {
        _end.WaitOne();
        if (_failure is not null)
        {
            throw new InvalidOperationException(_failure.Message, _failure);
        }
    }

    public void Dispose()
    {
        Volatile.Write(ref _stop, true);
        _begin.Set();
        _thread.Join();
        _begin.Dispose();
        _end.Dispose();
    }
}
