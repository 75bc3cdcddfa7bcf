using UringSharp.Tests.Pipes;

namespace UringSharp.Tests.Descriptors;

/// <summary>What the tests of handles share, beside what those of pipes do: descriptors that are closed when the test ends, and what an end looks like.</summary>
public abstract class HandleFixture : PipeFixture
{
    private readonly List<int> _descriptors = [];

    /// <summary>
    /// Whether this is the thread of a ring. To get there a test awaits a wait again and again, in its own code: the task of a method that does so may end between the ring's thread, on which
    /// it has got there, and the code that awaits it, which then goes on where it was.
    /// </summary>
    private protected static bool IsRingsThread => Thread.CurrentThread.Name?.StartsWith("uring-", StringComparison.Ordinal) == true;

    // Before the check of the base that nothing is left: a derived class's tear-down runs first.
    [TearDown]
    public void Close_the_descriptors()
    {
        _descriptors.ForEach(descriptor => PipeLibc.Close(descriptor).Should().Be(0, "nobody else has closed it"));
        _descriptors.Clear();
    }

    /// <summary>A descriptor that this test closes.</summary>
    private protected int Own(int descriptor)
    {
        _descriptors.Add(descriptor);
        return descriptor;
    }

    /// <summary>A counter, and what awaits it by a duplicate.</summary>
    private protected (int Event, UringHandle Handle) NewEvent()
    {
        int descriptor = Own(HandleLibc.Event());
        return (descriptor, UringHandle.FromDescriptor(descriptor, ownsHandle: false, Context));
    }

    /// <summary>Two sockets in non-blocking mode.</summary>
    private protected (int One, int Other) NewSockets()
    {
        (int one, int other) = HandleLibc.Sockets();
        return (Own(one), Own(other));
    }

    /// <summary>Returns when the ring has told what had happened before: a wait that began later has ended.</summary>
    private protected async Task Turn()
    {
        int descriptor = HandleLibc.Event();
        await using var handle = UringHandle.FromDescriptor(descriptor, ownsHandle: true, Context);
        long submissions = Context.GetStatistics().Submissions;
        Task<PollEvents> wait = handle.WaitAsync(PollEvents.Read).AsTask();
        await Support.Eventually.Holds(() => Context.GetStatistics().Submissions > submissions, () => "nothing is submitted");
        HandleLibc.Raise(descriptor);
        await Support.Eventually.Ends(wait);
    }

    /// <summary>Checks that a task ends with the exception, before the deadline.</summary>
    private protected static async Task<TException> EndsWith<TException>(Task task)
        where TException : Exception
    {
        await Support.Eventually.Ends(task);
        return (await FluentActions.Awaiting(() => task).Should().ThrowAsync<TException>()).Which;
    }

    /// <summary>Waits for an answer that races.</summary>
    private protected static PollEvents SpinFor(ValueTask<PollEvents> wait) => Answer.Of(wait);
}
