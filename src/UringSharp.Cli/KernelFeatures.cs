namespace UringSharp.Cli;

/// <summary>Every <see cref="UringFeature"/>.</summary>
internal static class KernelFeatures
{
    internal static IReadOnlyList<KernelFeature> All { get; } =
    [
        new(UringFeature.NoDrop, "5.5", true, "a full completion queue loses nothing"),
        new(UringFeature.OpenAt, "5.6", false, "opening through the ring"),
        new(UringFeature.FastPoll, "5.7", true, "a wait needs no kernel thread"),
        new(UringFeature.ExtendedArgument, "5.11", true, "waiting takes a timeout"),
        new(UringFeature.MakeDirectory, "5.15", false, "making folders and links through the ring"),
        new(UringFeature.SubmitAll, "5.18", false, "a failed submission does not stop those behind it"),
        new(UringFeature.MessageRing, "5.18", false, "messages between rings"),
        new(UringFeature.SingleIssuer, "6.0", false, "one thread alone submits to a ring"),
        new(UringFeature.DeferTaskRun, "6.1", false, "completions run when the ring's owner waits"),
        new(UringFeature.ReadMultishot, "6.7", false, "one read that goes on and on"),
        new(UringFeature.FutexWait, "6.7", false, "futexes are waited for through the ring"),
        new(UringFeature.FileTruncate, "6.9", false, "setting a file's length through the ring"),
        new(UringFeature.MinimumWait, "6.12", false, "a minimum wait gathers a batch of completions"),
    ];
}
