using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace UringSharp.TestChild.Soaking;

/// <summary>What the jobs of a soak share: a folder, the sign to stop, and the counts of what they have done.</summary>
internal sealed class SoakWork(string folder, CancellationToken stop)
{
    private readonly ConcurrentDictionary<string, StrongBox<long>> _counts = new(StringComparer.Ordinal);
    private int _names;

    /// <summary>A folder that is gone at the end.</summary>
    public string Folder => folder;

    /// <summary>Cancelled when it is over.</summary>
    public CancellationToken Stop => stop;

    /// <summary>What was done how often so far.</summary>
    public IReadOnlyList<(string Name, long Count)> Counts =>
        [.. _counts.Select(static pair => (pair.Key, Volatile.Read(ref pair.Value.Value))).OrderBy(static pair => pair.Key, StringComparer.Ordinal)];

    /// <summary>Counts what was done.</summary>
    public void Count(string name, long count = 1) => Interlocked.Add(ref _counts.GetOrAdd(name, static _ => new StrongBox<long>()).Value, count);

    /// <summary>A path in the folder that nobody else has.</summary>
    public string NewPath() => Path.Combine(folder, $"{Interlocked.Increment(ref _names)}");

    /// <summary>What was expected, or an exception that says what was not so.</summary>
    public static void Require(bool isSo, string what)
    {
        if (!isSo)
        {
            throw new InvalidDataException($"Not so: {what}.");
        }
    }

    /// <summary>Awaits a task that must end with this exception.</summary>
    public static async Task EndsWith<TException>(Task task, string what)
        where TException : Exception
    {
        try
        {
            await task;
        }
        catch (TException)
        {
            return;
        }

        throw new InvalidDataException($"{what} has not ended with {typeof(TException).Name}.");
    }
}
