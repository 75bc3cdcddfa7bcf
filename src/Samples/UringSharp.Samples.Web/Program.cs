using Microsoft.Extensions.FileProviders;
using UringSharp;
using UringSharp.Samples.Web;
using UringSharp.Samples.Web.Files;
using UringSharp.Samples.Web.Load;
using UringSharp.Samples.Web.Pipes;

if (args is ["load", .. string[] rest])
{
    return await LoadComparison.RunAsync(rest);
}

WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
var choice = FileChoice.Of(builder.Configuration["Files"]);
string files = Path.GetFullPath(builder.Configuration["Root"] ?? Path.Combine(AppContext.BaseDirectory, "wwwroot"));
PipeFolder pipes = new(Path.GetFullPath(builder.Configuration["Pipes"] ?? Path.Combine(AppContext.BaseDirectory, "pipes")));
string[] consumed = [.. (builder.Configuration.GetSection("Consumed").Get<string[]>() ?? []).Distinct().Select(pipes.Consume)];
pipes.Create("events");

builder.Services.AddUringSharp();
builder.Services.AddMetrics(static metrics => metrics.AddUringSharp());
builder.Services.AddHealthChecks().AddUringSharp();
builder.Services.AddSingleton(pipes);
builder.Services.AddSingleton(choice);
builder.Services.AddSingleton<Statistics>();
builder.Services.AddSingleton<Broadcasts>();
builder.Services.AddSingleton<IFileProvider>(services => choice.CreateProvider(files, services.GetRequiredService<UringContext>()));
builder.Services.AddSingleton(services => choice.CreateOpener(services.GetRequiredService<UringContext>()));
builder.Services.AddSingleton(services => new LineCounter(services.GetRequiredService<UringContext>(), consumed));
if (choice.ReadsPipesByUring)
{
    // With FileStream it would park a thread for each pipe, and a host that stops would wait for them.
    builder.Services.AddHostedService(static services => services.GetRequiredService<LineCounter>());
}

WebApplication app = builder.Build();
IFileProvider provider = app.Services.GetRequiredService<IFileProvider>();
app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = provider });
app.UseStaticFiles(new StaticFileOptions { FileProvider = provider, ServeUnknownFileTypes = true });
app.MapHealthChecks("/health", HealthText.Options);
app.MapGet("/stats", static (Statistics statistics) => statistics.Read());
app.MapGet("/tail/{name}", TailEndpoints.TailAsync);
app.MapGet("/broadcast/{name}", TailEndpoints.BroadcastAsync);

await app.StartAsync();
Console.WriteLine($"files: {files} by {choice.Name}");
Console.WriteLine($"pipes: {pipes.FullPath}");
Console.WriteLine($"address: {app.Urls.First()}");
await app.WaitForShutdownAsync();
return 0;
