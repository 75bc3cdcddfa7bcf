namespace UringSharp.Cli.Demo;

/// <summary>What one contender did in one turn.</summary>
/// <param name="Rate">Operations a second.</param>
/// <param name="Processor">Processor time of the whole process an operation, user and system, in microseconds.</param>
internal readonly record struct Turn(double Rate, double Processor);
