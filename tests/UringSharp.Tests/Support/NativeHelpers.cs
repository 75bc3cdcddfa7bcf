using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace UringSharp.Tests.Support;

/// <summary>Programs built beside the library, run as real processes.</summary>
internal static class NativeHelpers
{
    /// <summary>A value the project file recorded: RepositoryRoot, NativeDirectory, TestChild, Extensions, Uring.</summary>
    public static string Recorded(string key) =>
        typeof(NativeHelpers).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(attribute => attribute.Key == key).Value!;

    /// <summary>
    /// Starts a process that opens a FIFO for writing and writes numbered messages into it: the number in the first 8 bytes, little-endian, from 0 on; a
    /// message is one write(2). With several sessions it closes and opens again in between, the numbers go on.
    /// </summary>
    public static Process StartWriter(string fifo, int count, int size, int maxDelayMicroseconds = 0, int seed = 1, int sessions = 1) =>
        Start(Path.Combine(Recorded("NativeDirectory"), "child-writer"), fifo, Text(count), Text(size),
            "--delay-us", Text(maxDelayMicroseconds), "--seed", Text(seed), "--sessions", Text(sessions));

    /// <summary>Starts a program with its output redirected.</summary>
    public static Process Start(string program, params string[] arguments)
    {
        ProcessStartInfo info = new(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        return Process.Start(info)!;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
