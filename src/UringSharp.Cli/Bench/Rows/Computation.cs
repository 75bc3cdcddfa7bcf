using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace UringSharp.Cli.Bench.Rows;

/// <summary>
/// Work that keeps a processor busy for a time. It is measured out beforehand and counted in steps, not in time: a thread that the
/// kernel has put aside for another does nothing meanwhile.
/// </summary>
internal sealed class Computation
{
    private const long CalibrationSteps = 200_000;
    private const int Calibrations = 25;
    private static readonly Lazy<double> s_stepsPerMicrosecond = new(Calibrate);

    private readonly long _steps;

    internal Computation(int microseconds) => _steps = (long)(microseconds * s_stepsPerMicrosecond.Value);

    internal void Run() => _ = Mix(_steps);

    /// <summary>Steps that each need the one before: nothing to be done at the same time, or left out.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static ulong Mix(long steps)
    {
        ulong value = 1;
        for (long i = 0; i < steps; i++)
        {
            value = (value * 0x9E3779B97F4A7C15) ^ (value >> 31);
        }

        return value;
    }

    /// <summary>The fastest of several, since others can only have slowed it down.</summary>
    private static double Calibrate() => Enumerable.Range(0, Calibrations).Max(static calibration =>
    {
        long began = Stopwatch.GetTimestamp();
        _ = Mix(CalibrationSteps);
        return CalibrationSteps / Stopwatch.GetElapsedTime(began).TotalMicroseconds;
    });
}
