using System.Text.Json;
using System.Text.Json.Serialization;

namespace UringSharp.Cli.Bench.Results;

/// <summary>The rows as JSON.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(IReadOnlyList<JsonRow>), TypeInfoPropertyName = "Rows")]
internal sealed partial class BenchJson : JsonSerializerContext
{
    internal static byte[] Serialize(IEnumerable<RowResult> results, JsonRun? run = null) =>
        Serialize([.. results.Select(result => Results.JsonRow.Of(result, run))]);

    internal static byte[] Serialize(IReadOnlyList<JsonRow> rows) => [.. JsonSerializer.SerializeToUtf8Bytes(rows, Default.Rows), (byte)'\n'];

    /// <summary>Reads what <see cref="Serialize(IReadOnlyList{JsonRow})"/> has written, now or in the past.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    internal static IReadOnlyList<JsonRow> Deserialize(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.Rows) is { } rows && rows.All(static row => row is not null)
            ? rows
            : throw new JsonException("A row is null.");
}
