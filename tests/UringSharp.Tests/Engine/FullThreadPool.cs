namespace UringSharp.Tests.Engine;

/// <summary>
/// The test host runs the tests from a thread of the pool, which it keeps. While this lives, the pool has one more at hand, as any other process has: on two processors one
/// that blocks would else be the only one.
/// </summary>
internal sealed class FullThreadPool : IDisposable
{
    private readonly int _workers;
    private readonly int _completionPorts;

    public FullThreadPool()
    {
        ThreadPool.GetMinThreads(out _workers, out _completionPorts);
        ThreadPool.SetMinThreads(_workers + 1, _completionPorts);
    }

    public void Dispose() => ThreadPool.SetMinThreads(_workers, _completionPorts);
}
