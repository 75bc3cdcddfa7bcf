using UringSharp.Interop.Native;

namespace UringSharp;

/// <summary>
/// What of the running kernel the library does not see, so that its fallbacks can be tested on a newer one: the environment variable URINGSHARP_KERNEL. Either a version ("5.15"), beyond which
/// nothing is seen, or names of <see cref="UringFeature"/> with a minus ("-ReadMultishot,-SubmitAll").
/// </summary>
internal static class KernelMask
{
    private const string Variable = "URINGSHARP_KERNEL";

    private static readonly HashSet<UringFeature> s_hidden = Read(Environment.GetEnvironmentVariable(Variable), out s_failure);
    private static readonly string? s_failure;

    /// <summary>What is wrong with the variable; null where nothing is.</summary>
    internal static string? Failure => s_failure;

    /// <summary>Flags of a ring that are not asked for.</summary>
    internal static NativeSetupFlags HiddenFlags { get; } =
        (Hides(UringFeature.SubmitAll) ? NativeSetupFlags.SubmitAll : 0)
        | (Hides(UringFeature.SingleIssuer) ? NativeSetupFlags.SingleIssuer : 0)
        | (Hides(UringFeature.DeferTaskRun) ? NativeSetupFlags.DeferTaskrun | NativeSetupFlags.TaskrunFlag : 0);

    /// <summary>Whether a feature is not seen.</summary>
    internal static bool Hides(UringFeature feature) => s_hidden.Contains(feature);

    private static HashSet<UringFeature> Read(string? text, out string? failure)
    {
        failure = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return [];
        }

        if (Version.TryParse(text, out Version? version))
        {
            return [.. Enum.GetValues<UringFeature>().Where(feature => Since(feature) > version)];
        }

        HashSet<UringFeature> hidden = [];
        foreach (string name in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (name[0] != '-' || !Enum.TryParse(name.AsSpan(1), out UringFeature feature))
            {
                failure = $"The environment variable {Variable} is '{text}': it may be a kernel's version, or names of UringFeature with a minus before each.";
                return [];
            }

            hidden.Add(feature);
        }

        return hidden;
    }

    private static Version Since(UringFeature feature) => feature switch
    {
        UringFeature.NoDrop => new Version(5, 5),
        UringFeature.OpenAt => new Version(5, 6),
        UringFeature.FastPoll => new Version(5, 7),
        UringFeature.ExtendedArgument => new Version(5, 11),
        UringFeature.MakeDirectory => new Version(5, 15),
        UringFeature.SubmitAll or UringFeature.MessageRing => new Version(5, 18),
        UringFeature.SingleIssuer => new Version(6, 0),
        UringFeature.DeferTaskRun => new Version(6, 1),
        UringFeature.ReadMultishot or UringFeature.FutexWait => new Version(6, 7),
        UringFeature.FileTruncate => new Version(6, 9),
        UringFeature.MinimumWait => new Version(6, 12),
        _ => throw new ArgumentOutOfRangeException(nameof(feature), feature, "The feature is not defined."),
    };
}
