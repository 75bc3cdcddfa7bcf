namespace UringSharp.Cli.Bench.Results;

/// <summary>Where the files of a benchmark were.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="FileSystem">Its type.</param>
/// <param name="Device">What is mounted there.</param>
/// <param name="HasDirectIo">Whether it knows O_DIRECT.</param>
internal sealed record JsonDisk(string Folder, string FileSystem, string Device, bool HasDirectIo);
