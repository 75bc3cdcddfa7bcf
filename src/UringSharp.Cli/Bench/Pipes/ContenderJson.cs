using System.Text.Json.Serialization;
using UringSharp.Cli.Bench.Measuring;

namespace UringSharp.Cli.Bench.Pipes;

/// <summary>What the benchmark and its contenders tell each other, each on a line of its own.</summary>
[JsonSerializable(typeof(ContenderPlan))]
[JsonSerializable(typeof(Lap))]
internal sealed partial class ContenderJson : JsonSerializerContext;
