using System.CommandLine;
using UringSharp.Cli.CommandLine;
using UringSharp.Cli.Interop;
using UringSharp.Cli.Output;
using UringSharp.Cli.Reading;

namespace UringSharp.Cli.Commands;

/// <summary>uring write: standard input into a named pipe.</summary>
internal sealed class WriteCommand : UringCommand
{
    private const int Chunk = 64 * 1024;

    /// <summary>Nothing in it blocks, so it ends by itself.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(3);

    private readonly Argument<string> _path = new("FIFO") { Description = "The named pipe; mkfifo(1) makes one." };

    private readonly Option<double?> _timeout = TimeoutOption.Create();

    internal WriteCommand()
        : base("write", "Waits until somebody reads a named pipe, and copies standard input into it.\n"
            + "A wait occupies no thread; Ctrl-C and --timeout end it at once.")
    {
        Arguments.Add(_path);
        Options.Add(_timeout);
        SetAction(line => RunAsync(line.GetValue(_path)!, line.GetValue(_timeout)));
    }

    /// <inheritdoc/>
    internal override string Synopsis => "FIFO [--timeout SECONDS]";

    /// <inheritdoc/>
    internal override IReadOnlyList<(string Line, string Meaning)> Examples =>
    [
        ("mkfifo p; date | uring write p", "waits for a reader of p; Ctrl-C gives the prompt back at once"),
        ("uring write --timeout 5 p < notes.txt", "five seconds at most"),
    ];

    /// <inheritdoc/>
    internal override IReadOnlyList<(int Code, string Meaning)> ExitCodes =>
    [
        (ExitCode.Success, "everything was written"),
        (ExitCode.Failure, "something could not be read or written; standard error says what"),
        (ExitCode.Usage, "the command line is wrong"),
        (ExitCode.TimedOut, "--timeout has passed"),
        (ExitCode.HungUp, "the terminal was closed (SIGHUP)"),
        (ExitCode.Interrupted, "Ctrl-C (SIGINT)"),
        (ExitCode.BrokenPipe, "the reader of the pipe has left"),
        (ExitCode.Terminated, "SIGTERM"),
    ];

    private static async Task<int> RunAsync(string path, double? timeoutSeconds)
    {
        if (path.Length == 0)
        {
            StandardError.Write("an empty path names no pipe.");
            return ExitCode.Usage;
        }

        using Interruption interruption = new(s_grace, TimeoutOption.Span(timeoutSeconds));
        try
        {
            UringContext context = new(new UringOptions { RingCount = 1 });
            await using (context.ConfigureAwait(false))
            {
                return await CopyAsync(path, context, interruption.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return interruption.ExitCode;
        }
    }

    private static async Task<int> CopyAsync(string path, UringContext context, CancellationToken cancellationToken)
    {
        string blamed = path;
        try
        {
            if (LibC.Identify(path, out FileIdentity identity) == 0 && identity.Kind != FileKind.Fifo)
            {
                throw new NotSupportedException("not a named pipe");
            }

            UringPipeStream pipe = await NamedPipe.OpenWriteAsync(path, new NamedPipeOptions { Context = context }, cancellationToken).ConfigureAwait(false);
            await using (pipe.ConfigureAwait(false))
            {
                blamed = "standard input";
                if (LibC.Identify(0, out _) is not 0 and int errno)
                {
                    throw new IOException(Failure.Text(errno), errno);
                }

                var input = UringPipeStream.OpenStandardInput(context);
                await using (input.ConfigureAwait(false))
                {
                    byte[] buffer = new byte[Chunk];
                    while (await input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and int read)
                    {
                        blamed = path;
                        await pipe.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                        blamed = "standard input";
                    }
                }
            }

            return ExitCode.Success;
        }
        catch (IOException e) when (blamed == path && e.HResult == LibC.EPIPE)
        {
            return ExitCode.BrokenPipe;
        }
        catch (Exception e) when (Failure.IsExpected(e))
        {
            StandardError.Write($"{blamed}: {Failure.Text(e)}");
            return ExitCode.Failure;
        }
    }
}
