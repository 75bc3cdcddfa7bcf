namespace UringSharp.Extensions;

/// <summary>The meter of the library, for whoever listens by name: OpenTelemetry's <c>AddMeter</c>, MeterListener, <c>dotnet-counters</c>.</summary>
public static class UringMeter
{
    /// <summary>Its name: "UringSharp".</summary>
    public const string Name = "UringSharp";
}
