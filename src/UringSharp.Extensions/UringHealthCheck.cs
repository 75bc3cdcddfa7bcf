using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace UringSharp.Extensions;

/// <summary>
/// Sends a byte through a pipe whose read waits on the container's <see cref="UringContext"/>. Healthy: it arrives by io_uring. Degraded: it arrives by the portable backend; the description says
/// why. Unhealthy, or what the registration has in its place: there is no context to be had, it is disposed, or the byte does not arrive before the token ends. A registration without a timeout
/// has <see cref="Patience"/>.
/// </summary>
/// <param name="services">The container, asked for the context at each check, so that one that cannot be made is told as well.</param>
public sealed class UringHealthCheck(IServiceProvider services) : IHealthCheck
{
    /// <summary>How long the byte may take: ten seconds.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Checks once.</summary>
    /// <param name="context">The registration.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <returns>What was seen, with figures of <see cref="UringContext.GetStatistics"/>.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            UringContext ring = services.GetRequiredService<UringContext>();
            await SendThroughAsync(ring, cancellationToken).ConfigureAwait(false);
            return Describe(ring.GetStatistics());
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            string reason = e is OperationCanceledException
                ? string.Create(CultureInfo.InvariantCulture, $"A byte did not come through a pipe within {Patience.TotalSeconds} s.")
                : e.Message;
            return new HealthCheckResult(context.Registration.FailureStatus, reason, e);
        }
    }

    private static async Task SendThroughAsync(UringContext context, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(context);
        try
        {
            // Begun before there is a byte, so that it waits in the kernel. Where the ring answers nothing any more the read does not even end by its token, and DisposeAsync would wait for it.
            Task<int> reading = reader.ReadAsync(new byte[1], patience.Token).AsTask();
            await writer.WriteAsync(new byte[1], patience.Token).AsTask().WaitAsync(patience.Token).ConfigureAwait(false);
            _ = await reading.WaitAsync(patience.Token).ConfigureAwait(false);
        }
        finally
        {
            reader.Dispose();
            writer.Dispose();
        }
    }

    private static HealthCheckResult Describe(UringStatistics statistics)
    {
        Dictionary<string, object> figures = new()
        {
            ["backend"] = statistics.Backend.ToString(),
            ["rings"] = statistics.Rings,
            ["pumpThreads"] = statistics.PumpThreads,
            ["inFlight"] = statistics.InFlight,
        };
        if (statistics.Backend == UringBackend.Uring)
        {
            return HealthCheckResult.Healthy("Driven by io_uring.", figures);
        }

        string reason = UringSupport.Current.UnavailableReason ?? "It was chosen, by the options or by the environment variable URINGSHARP_BACKEND.";
        return HealthCheckResult.Degraded($"Driven by the portable backend. {reason}", data: figures);
    }
}
