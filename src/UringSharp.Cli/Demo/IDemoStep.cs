namespace UringSharp.Cli.Demo;

/// <summary>One part of the demo.</summary>
internal interface IDemoStep
{
    /// <summary>What it shows, in one line.</summary>
    string Title(DemoPlan plan);

    /// <summary>Shows it. Each claim goes to the report.</summary>
    void Run(DemoSession session);
}
