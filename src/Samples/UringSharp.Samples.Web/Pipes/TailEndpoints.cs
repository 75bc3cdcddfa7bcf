namespace UringSharp.Samples.Web.Pipes;

/// <summary>Named pipes as server-sent events.</summary>
internal static class TailEndpoints
{
    /// <summary>
    /// Opens the pipe for this client alone. What it takes out of the pipe nobody else gets: where several follow one pipe, each line goes to one of them. So this is for a pipe for each client;
    /// <see cref="BroadcastAsync"/> is for one pipe and many.
    /// </summary>
    public static async Task TailAsync(
        string name, HttpContext context, PipeFolder pipes, PipeOpener opener, Statistics statistics, IHostApplicationLifetime lifetime)
    {
        if (pipes.Find(name) is not { } path)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        statistics.TailBegins();
        try
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            await using Stream pipe = await opener.OpenAsync(path, end.Token);
            await EventStream.SendAsync(context.Response, PipeOpener.ReadLinesAsync(pipe, end.Token), end.Token);
        }
        finally
        {
            statistics.TailEnds();
        }
    }

    /// <summary>Follows a pipe together with all others who do.</summary>
    public static async Task BroadcastAsync(string name, HttpContext context, PipeFolder pipes, Broadcasts broadcasts, IHostApplicationLifetime lifetime)
    {
        if (pipes.Find(name) is not { } path)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await EventStream.SendAsync(context.Response, broadcasts.FollowAsync(path, end.Token), end.Token);
    }
}
