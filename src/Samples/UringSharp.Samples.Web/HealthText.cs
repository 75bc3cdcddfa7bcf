using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace UringSharp.Samples.Web;

/// <summary>How /health answers: the state in the first line, then each check and its reason.</summary>
internal static class HealthText
{
    public static HealthCheckOptions Options { get; } = new() { ResponseWriter = WriteAsync };

    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        IEnumerable<string> checks = report.Entries.Select(static entry => $"{entry.Key}: {entry.Value.Status}: {entry.Value.Description}");
        return context.Response.WriteAsync(string.Join('\n', checks.Prepend(report.Status.ToString())) + "\n");
    }
}
