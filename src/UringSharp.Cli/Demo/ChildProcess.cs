using System.Diagnostics;
using System.Runtime.InteropServices;

namespace UringSharp.Cli.Demo;

/// <summary>This program, started once more with one of its hidden commands.</summary>
internal static class ChildProcess
{
    /// <summary>How to start it. Its standard input is the end it watches: when that closes, it ends.</summary>
    internal static ProcessStartInfo Info(params string[] arguments)
    {
        string program = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is unknown.");
        ProcessStartInfo info = new(program) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            info.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        foreach (string argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        return info;
    }

    /// <summary>
    /// In the child: Ctrl-C, which the terminal sends to parent and child alike, is left to the parent, who ends both in order. Until the result is disposed.
    /// </summary>
    internal static IDisposable LeaveInterruptsToParent() => PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true);

    /// <summary>In the child: calls back, on a thread of its own, when the parent closes our standard input or has died.</summary>
    internal static void WatchParent(Action onEnd)
    {
        Thread watch = new(() =>
        {
            using Stream input = Console.OpenStandardInput();
            while (input.ReadByte() >= 0)
            {
            }

            onEnd();
        })
        { IsBackground = true, Name = "uring parent" };
        watch.UnsafeStart();
    }
}
