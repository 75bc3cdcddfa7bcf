namespace UringSharp.Samples.Web.Load;

/// <summary>What a turn has shown.</summary>
/// <param name="Rate">Requests a second.</param>
/// <param name="ProcessorMicroseconds">Processor time of the server, for each request.</param>
/// <param name="DiskFraction">How much of what was sent came from a disk.</param>
internal readonly record struct LoadResult(double Rate, double ProcessorMicroseconds, double DiskFraction);
