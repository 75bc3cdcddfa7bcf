namespace UringSharp.Cli;

/// <summary>A feature of io_uring, with what people want to know of it.</summary>
internal readonly record struct KernelFeature(UringFeature Feature, string Since, bool IsRequired, string Meaning);
