using System.Text.Json;
using System.Text.Json.Serialization;

namespace UringSharp.Cli.Bench.Results;

/// <summary>The rows as JSON.</summary>
[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<JsonRow>), TypeInfoPropertyName = "Rows")]
internal sealed partial class BenchJson : JsonSerializerContext
{
    internal static byte[] Serialize(IEnumerable<RowResult> results) =>
        [.. JsonSerializer.SerializeToUtf8Bytes([.. results.Select(static result => Results.JsonRow.Of(result))], Default.Rows), (byte)'\n'];
}
