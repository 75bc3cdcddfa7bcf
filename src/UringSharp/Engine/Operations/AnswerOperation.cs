namespace UringSharp.Engine.Operations;

/// <summary>
/// An answer that was there at once, delivered through the dispatcher all the same, so that a loop whose every answer is synchronous
/// does not keep a pump thread for itself.
/// </summary>
internal sealed class AnswerOperation : Operation
{
    /// <summary>The answer as a finished task; or, where the continuation that runs on this pump thread has had many, as one that ends at its next turn.</summary>
    internal static ValueTask<int> Answer(int result)
    {
        if (PumpThread.Current is { } thread && thread.CountSynchronousAnswer())
        {
            AnswerOperation operation = OperationPool<AnswerOperation>.Rent();
            return new ValueTask<int>(operation, operation.LaunchAnswered(thread.Pump, result));
        }

        return new ValueTask<int>(result);
    }

    /// <summary>As <see cref="Answer(int)"/>, without a result.</summary>
    internal static ValueTask Answer()
    {
        if (PumpThread.Current is { } thread && thread.CountSynchronousAnswer())
        {
            AnswerOperation operation = OperationPool<AnswerOperation>.Rent();
            return new ValueTask(operation, operation.LaunchAnswered(thread.Pump, 0));
        }

        return default;
    }

    /// <summary>As <see cref="Answer(int)"/>, for any other result.</summary>
    internal static ValueTask<T> Answer<T>(T result) =>
        PumpThread.Current is { } thread && thread.CountSynchronousAnswer() ? AnswerAtNextTurnAsync(thread.Pump, result) : new ValueTask<T>(result);

    private static async ValueTask<T> AnswerAtNextTurnAsync<T>(CompletionPump pump, T result)
    {
        AnswerOperation operation = OperationPool<AnswerOperation>.Rent();
        await new ValueTask(operation, operation.LaunchAnswered(pump, 0)).ConfigureAwait(LoopContext.IsCurrent);
        return result;
    }

    /// <inheritdoc/>
    internal override void Prepare(Ring ring, ulong userData) => throw new NotSupportedException();

    /// <inheritdoc/>
    internal override bool OnCompletion(int result) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Recycle() => OperationPool<AnswerOperation>.Return(this);
}
