using UringSharp.Files.Streams;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.Streams;

/// <summary>One at a time, in order, and those who give up are not in the way.</summary>
public sealed class AsyncGateTests
{
    private AsyncGate _gate = null!;

    [SetUp]
    public void CreateGate() => _gate = new AsyncGate();

    [Test]
    public async Task Those_who_wait_enter_in_their_order()
    {
        List<int> order = [];
        _gate.TryEnter().Should().BeTrue();
        Task[] tasks = [.. Enumerable.Range(0, 50).Select(async i =>
        {
            await _gate.EnterAsync(CancellationToken.None);
            order.Add(i);
            await Task.Yield();
            _gate.Exit();
        })];
        order.Should().BeEmpty();
        _gate.TryEnter().Should().BeFalse();

        _gate.Exit();

        await Eventually.Ends(Task.WhenAll(tasks));
        order.Should().Equal(Enumerable.Range(0, 50));
        _gate.TryEnter().Should().BeTrue();
    }

    [Test]
    public async Task One_who_gives_up_leaves_the_line()
    {
        using CancellationTokenSource source = new();
        _gate.EnterHere(static _ => true, _gate);
        Task quitter = _gate.EnterAsync(source.Token);
        Task patient = _gate.EnterAsync(CancellationToken.None);
        await source.CancelAsync();
        await FluentActions.Awaiting(() => quitter).Should().ThrowAsync<OperationCanceledException>().Where(e => e.CancellationToken == source.Token);

        _gate.Exit();

        await Eventually.Ends(patient);
        _gate.TryEnter().Should().BeFalse();
        _gate.Exit();
        _gate.TryEnter().Should().BeTrue();
    }

    [Test]
    public async Task Giving_up_while_the_gate_opens_loses_no_turn()
    {
        for (int i = 0; i < 2000; i++)
        {
            using CancellationTokenSource source = new();
            _gate.EnterHere(static _ => true, _gate);
            Task quitter = _gate.EnterAsync(source.Token);
            var cancelling = Task.Run(source.Cancel);
            _gate.Exit();
            try
            {
                await Eventually.Ends(quitter);
                await quitter;
                _gate.Exit();
            }
            catch (OperationCanceledException)
            {
                // It has not entered.
            }

            await cancelling;
            _gate.TryEnter().Should().BeTrue();
            _gate.Exit();
        }
    }

    [Test]
    public async Task Nobody_is_inside_with_another()
    {
        int inside = 0;
        int total = 0;
        await Eventually.Ends(Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (int i = 0; i < 5000; i++)
            {
                if (worker % 2 == 0)
                {
                    _gate.EnterHere(static _ => true, _gate);
                }
                else if (!_gate.TryEnter())
                {
                    await _gate.EnterAsync(CancellationToken.None);
                }

                Interlocked.Increment(ref inside).Should().Be(1);
                total++;
                Interlocked.Decrement(ref inside);
                _gate.Exit();
            }
        }))));
        total.Should().Be(40_000);
    }
}
