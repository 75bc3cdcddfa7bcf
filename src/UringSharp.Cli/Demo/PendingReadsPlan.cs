namespace UringSharp.Cli.Demo;

/// <summary>What is to be measured.</summary>
internal sealed record PendingReadsPlan(string Folder, int Fifos, TimeSpan PendingTime, TimeSpan NeverTime);
