using UringSharp.Cli.Bench.Contenders;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>A row about named pipes. Each of its contenders has a process of its own.</summary>
internal abstract class PipeRow(string name, Unit unit, Bars bars) : Row(name, unit, bars)
{
    /// <summary>Our name.</summary>
    protected const string UringName = "UringSharp";

    /// <summary>The name of what .NET has.</summary>
    protected const string FileStreamName = "FileStream";

    /// <summary>What the runtime, the ring and the files beside the pipes need.</summary>
    private const int OtherDescriptors = 300;

    /// <summary>Who is compared with.</summary>
    protected virtual IReadOnlyList<string> Baselines => [FileStreamName];

    /// <summary>Descriptors that each process of it has open for its pipes.</summary>
    protected virtual int Descriptors(BenchPlan plan) => 0;

    /// <summary>What plain C does, as a word of its program and the settings for it; null for nothing.</summary>
    protected virtual (string Work, string[] Settings)? Ceiling(BenchPlan plan) => null;

    /// <summary>Makes what the ceiling needs in its folder.</summary>
    protected virtual void PrepareCeiling(PipeSite site)
    {
    }

    /// <summary>In the process of its own: the contender of that name.</summary>
    internal abstract IContender Enter(string contender, PipeSite site);

    /// <inheritdoc/>
    internal sealed override Contest Open(BenchSession session)
    {
        BenchPlan plan = Adapt(session.Plan);
        int descriptors = Descriptors(plan) + OtherDescriptors;
        if (descriptors > SystemLimits.MaxDescriptors)
        {
            throw new RowSkippedException(
                $"it needs {Figures.Count(descriptors)} descriptors, and a process may open {Figures.Count(SystemLimits.MaxDescriptors)} here (ulimit -n)");
        }

        List<ContenderProcess> processes = [];
        try
        {
            foreach (string contender in Baselines.Prepend(UringName))
            {
                string folder = Path.Combine(session.Places.Disk, Name, contender);
                processes.Add(new ContenderProcess(session, new ContenderPlan(Name, contender, folder, plan.Pipes)));
            }

            return new Contest(processes[0], processes[1..], CeilingOf(session, plan), processes);
        }
        catch
        {
            processes.ForEach(static process => process.Dispose());
            throw;
        }
    }

    private CeilingContender? CeilingOf(BenchSession session, BenchPlan plan)
    {
        if (Ceiling(plan) is not { } ceiling)
        {
            return null;
        }

        string folder = Directory.CreateDirectory(Path.Combine(session.Places.Disk, Name, "C")).FullName;
        PrepareCeiling(new PipeSite(folder, plan.Pipes));
        return new CeilingContender(session, ceiling.Work, folder, ceiling.Settings);
    }
}
