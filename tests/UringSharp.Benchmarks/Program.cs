using UringSharp.Benchmarks;
using UringSharp.Cli.CommandLine;

// uring bench, and more rows.
return await CommandRunner.RunAsync(UringRootCommand.Create(new MicroRows()), ["bench", .. args]).ConfigureAwait(false);
