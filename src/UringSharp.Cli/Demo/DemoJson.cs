using System.Text.Json.Serialization;

namespace UringSharp.Cli.Demo;

/// <summary>What parent and child processes tell each other.</summary>
[JsonSerializable(typeof(PendingReadsPlan))]
[JsonSerializable(typeof(PendingReadsResult))]
[JsonSerializable(typeof(SelectLoopPlan))]
[JsonSerializable(typeof(SelectLoopResult))]
internal sealed partial class DemoJson : JsonSerializerContext;
