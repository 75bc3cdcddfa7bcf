using UringSharp.Cli.CommandLine;

return await CommandRunner.RunAsync(UringRootCommand.Create(), args).ConfigureAwait(false);
