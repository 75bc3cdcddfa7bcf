using System.Diagnostics;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;
using UringSharp.Tests.Pipes;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.Streams;

/// <summary>
/// Random sequences of calls do the same to a UringFileStream as to a FileStream: same answers, same exceptions, same positions and lengths after each, same file.
/// URINGSHARP_SEED repeats a run, URINGSHARP_SOAK makes it go on for so many seconds.
/// </summary>
[Category("FaultsSoak")]
public sealed class StreamDifferentialTests : FileTests
{
    private const int Sequences = 3000;

    [Test]
    public void A_stream_answers_as_FileStream_does_on_a_disk() => Agrees(Folder);

    [Test]
    [Category("NotWithFaults")] // Expects that the device is known soon: until then its files are closed elsewhere.
    public void A_stream_answers_as_FileStream_does_on_a_tmpfs()
    {
        using TempFolder folder = new("/dev/shm");
        Agrees(folder);
    }

    private static void Agrees(TempFolder folder)
    {
        ulong seed = ulong.TryParse(Environment.GetEnvironmentVariable("URINGSHARP_SEED"), CultureInfo.InvariantCulture, out ulong given)
            ? given
            : (ulong)Random.Shared.NextInt64();
        SoakTime time = new();
        int count = 0;
        do
        {
            TestContext.Out.WriteLine($"seed {seed}");
            Check.One(
                Config.QuickThrowOnFailure.WithMaxTest(Sequences).WithQuietOnSuccess(true)
                    .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(seed), FSharpOption<int>.None))),
                Prop.ForAll(StreamCase.Arbitrary, (StreamCase @case) => Compare(folder, @case)));
            count += Sequences;
            seed++;
        }
        while (time.GoesOn(isEnough: true));
        TestContext.Out.WriteLine($"{count} sequences in {time.Elapsed.TotalSeconds:0.0} s");
    }

    private static void Compare(TempFolder folder, StreamCase @case)
    {
        bool isAsync = @case.Steps.Length % 2 == 0;
        StreamRun expected = new(@case, folder["expected"], isAsync);
        StreamRun actual = new(@case, folder["actual"], isAsync);
        expected.Of(static (path, options) => new FileStream(path, options));
        actual.Of((path, options) => isAsync ? UringFileStream.OpenAsync(path, options).AsTask().GetAwaiter().GetResult() : new UringFileStream(path, options));
        if (actual.Outcomes.SequenceEqual(expected.Outcomes))
        {
            return;
        }

        // FileStream (.NET 10) errs once in a while: where an asynchronous write as large as the buffer, or larger, follows a read that has emptied its buffer, it keeps the
        // old bytes and may return them after a seek backwards. Without a buffer it is right.
        StreamRun unbuffered = new(@case with { BufferSize = 0 }, folder["expected"], isAsync);
        unbuffered.Of(static (path, options) => new FileStream(path, options));
        int i = 0;
        while (i < expected.Outcomes.Count && actual.Outcomes[i] == unbuffered.Outcomes[i])
        {
            i++;
        }

        if (i < expected.Outcomes.Count)
        {
            throw new UnreachableException($"""
                {@case}
                {string.Join('\n', unbuffered.Outcomes.Take(i))}
                FileStream:             {expected.Outcomes[i]}
                FileStream, unbuffered: {unbuffered.Outcomes[i]}
                UringFileStream:        {actual.Outcomes[i]}
                """);
        }
    }
}
