namespace UringSharp.Tests.Model;

/// <summary>A random sequence of steps; a seed always makes the same one.</summary>
internal sealed record ModelCase(int Seed, IReadOnlyList<ModelStep> Steps)
{
    public const int Files = 2;
    public const int Pipes = 2;
    public const int Events = 1;

    private const int LongestSequence = 60;

    private static readonly (int Weight, ModelAction Action)[] s_actions =
    [
        (4, ModelAction.FileOpen),
        (6, ModelAction.FileRead),
        (2, ModelAction.FileReadAtOnce),
        (2, ModelAction.FileReadCancelled),
        (7, ModelAction.FileWrite),
        (2, ModelAction.FileWriteCancelled),
        (2, ModelAction.FileSetLength),
        (1, ModelAction.FileFlush),
        (2, ModelAction.FileClose),
        (4, ModelAction.StreamOpen),
        (9, ModelAction.StreamRead),
        (2, ModelAction.StreamReadCancelled),
        (12, ModelAction.StreamWrite),
        (6, ModelAction.StreamSeek),
        (2, ModelAction.StreamSetLength),
        (2, ModelAction.StreamFlush),
        (1, ModelAction.StreamCopy),
        (10, ModelAction.PipeOpen),
        (9, ModelAction.PipeRead),
        (6, ModelAction.PipeTryRead),
        (16, ModelAction.PipeWrite),
        (6, ModelAction.PipeCancelRead),
        (6, ModelAction.PipeCancelWrite),
        (6, ModelAction.PipeRace),
        (5, ModelAction.PipeDrain),
        (2, ModelAction.PipeEndReader),
        (4, ModelAction.PipeEndWriter),
        (5, ModelAction.PipeGoOn),
        (3, ModelAction.EventOpen),
        (5, ModelAction.EventWait),
        (5, ModelAction.EventRaise),
        (4, ModelAction.EventTake),
        (2, ModelAction.EventCancel),
        (1, ModelAction.EventEnd),
        (1, ModelAction.PlaceEnd),
    ];

    private static readonly int[] s_pipeSizes = [0, 1, 1, 7, 100, 4096, 4097, 20_000, 65_536, 150_000];
    private static readonly int[] s_fileSizes = [0, 1, 15, 16, 17, 100, 511, 4096, 5000, 20_000];

    /// <summary>The sequence of a seed.</summary>
    public static ModelCase Of(int seed)
    {
        Random random = new(seed);
        int weights = s_actions.Sum(static action => action.Weight);
        var steps = new ModelStep[random.Next(5, LongestSequence + 1)];
        for (int i = 0; i < steps.Length; i++)
        {
            ModelAction action = Pick(random.Next(weights));
            bool isPipe = action is >= ModelAction.PipeOpen and <= ModelAction.PipeGoOn;
            int slots = isPipe ? Pipes : action >= ModelAction.EventOpen ? Events : Files;
            steps[i] = new ModelStep(
                action,
                random.Next(slots),
                random.Next(ModelPlaces.Count),
                random.Next(ModelPlaces.Callers),
                random.GetItems(isPipe ? s_pipeSizes : s_fileSizes, 1)[0],
                random.Next(4) == 0 ? random.Next(30_000) : random.Next(600),
                random.Next(12));
        }

        return new ModelCase(seed, steps);
    }

    /// <summary>The sequences that lack some of its steps, the shortest first.</summary>
    public IEnumerable<ModelCase> Smaller()
    {
        for (int length = Steps.Count / 2; length > 0; length /= 2)
        {
            for (int start = 0; start + length <= Steps.Count; start += length)
            {
                yield return this with { Steps = [.. Steps.Take(start), .. Steps.Skip(start + length)] };
            }
        }
    }

    public override string ToString() => $"seed {Seed}, {Steps.Count} steps:\n{string.Join('\n', Steps)}";

    private static ModelAction Pick(int ticket)
    {
        foreach ((int weight, ModelAction action) in s_actions)
        {
            ticket -= weight;
            if (ticket < 0)
            {
                return action;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(ticket));
    }
}
