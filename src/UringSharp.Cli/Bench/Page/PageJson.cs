using System.Text.Json.Serialization;

namespace UringSharp.Cli.Bench.Page;

/// <summary>The page's data as JSON. The default encoder escapes what could end the element it lies in.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PageData))]
internal sealed partial class PageJson : JsonSerializerContext;
