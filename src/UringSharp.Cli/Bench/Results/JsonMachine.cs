namespace UringSharp.Cli.Bench.Results;

/// <summary>What a benchmark ran on.</summary>
/// <param name="Processor">The model.</param>
/// <param name="Processors">How many the process may use.</param>
/// <param name="Architecture">Of the process.</param>
/// <param name="MemoryMebibytes">Of the machine; 0 where unknown.</param>
/// <param name="Kernel">Its release.</param>
/// <param name="System">The distribution.</param>
/// <param name="Runtime">The version of .NET.</param>
internal sealed record JsonMachine(string Processor, int Processors, string Architecture, long MemoryMebibytes, string Kernel, string System, string Runtime);
