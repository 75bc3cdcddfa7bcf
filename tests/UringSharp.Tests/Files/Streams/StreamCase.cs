using FsCheck;
using FsCheck.Fluent;

namespace UringSharp.Tests.Files.Streams;

/// <summary>A file, how it is opened, and what is done to the stream.</summary>
internal sealed record StreamCase(FileMode Mode, FileAccess Access, int BufferSize, int Length, StreamStep[] Steps)
{
    /// <summary>Random cases, which shrink by leaving steps out.</summary>
    public static Arbitrary<StreamCase> Arbitrary { get; } = Arb.From(Cases(), Smaller);

    public override string ToString() => $"{Mode} {Access} buffer {BufferSize} length {Length}: {string.Join(", ", Steps.AsEnumerable())}";

    private static Gen<StreamCase> Cases() =>
        from opening in Gen.Elements(
            (FileMode.Open, FileAccess.ReadWrite),
            (FileMode.Open, FileAccess.ReadWrite),
            (FileMode.Open, FileAccess.ReadWrite),
            (FileMode.OpenOrCreate, FileAccess.Read),
            (FileMode.Open, FileAccess.Read),
            (FileMode.Create, FileAccess.Write),
            (FileMode.Truncate, FileAccess.ReadWrite),
            (FileMode.Append, FileAccess.Write))
        from bufferSize in Gen.Elements(0, 1, 2, 16, 16, 16, 100, 4096)
        from length in Gen.Frequency((1, Gen.Constant(0)), (4, Sizes(bufferSize)))
        from count in Gen.Choose(1, 30)
        from steps in Gen.ArrayOf(Step(bufferSize, opening.Item2), count)
        select new StreamCase(opening.Item1, opening.Item2, bufferSize, length, steps);

    private static Gen<int> Sizes(int bufferSize)
    {
        int unit = Math.Max(bufferSize, 4);
        return Gen.Frequency(
            (1, Gen.Constant(0)),
            (4, Gen.Choose(1, unit - 1)),
            (2, Gen.Elements(Math.Max(bufferSize - 1, 0), bufferSize, bufferSize + 1, 2 * bufferSize)),
            (2, Gen.Choose(0, 4 * unit)));
    }

    private static Gen<StreamStep> Step(int bufferSize, FileAccess access) =>
        from action in Gen.Frequency(
            (8, Gen.Elements(StreamAction.Read, StreamAction.ReadAsync, StreamAction.ReadArrayAsync, StreamAction.ReadByte, StreamAction.BeginRead)),
            (10, Gen.Elements(StreamAction.Write, StreamAction.WriteAsync, StreamAction.WriteAsync, StreamAction.WriteArrayAsync, StreamAction.WriteByte, StreamAction.BeginWrite)),
            (5, Gen.Elements(StreamAction.Seek, StreamAction.Seek, StreamAction.SetPosition)),
            (2, Gen.Elements(StreamAction.SetLength, StreamAction.Expose)),
            (2, Gen.Elements(StreamAction.Flush, StreamAction.FlushAsync, StreamAction.CancelledReadAsync, StreamAction.CancelledWriteAsync)),
            (1, Gen.Elements(StreamAction.CopyTo, StreamAction.CopyToAsync)),

            // What others write meanwhile is compared where nothing is gathered, since it is not defined who comes first, and after a flush, since what lies in a
            // buffer is old.
            (access == FileAccess.Read ? 3 : 0, Gen.Constant(StreamAction.Outsider)),
            (1, Gen.Frequency((20, Gen.Constant(StreamAction.Flush)), (1, Gen.Constant(StreamAction.FlushToDisk)), (8, Gen.Elements(StreamAction.Dispose, StreamAction.DisposeAsync)))))
        from size in Sizes(bufferSize)
        from magnitude in Sizes(bufferSize)
        from sign in Gen.Elements(1, 1, 1, -1)
        from origin in Gen.Frequency((12, Gen.Elements(SeekOrigin.Begin, SeekOrigin.Current, SeekOrigin.End)), (1, Gen.Constant((SeekOrigin)3)))
        select new StreamStep(action, size, (long)magnitude * sign, origin);

    private static IEnumerable<StreamCase> Smaller(StreamCase original)
    {
        for (int length = original.Steps.Length / 2; length > 0; length /= 2)
        {
            for (int start = 0; start + length <= original.Steps.Length; start += length)
            {
                yield return original with { Steps = [.. original.Steps[..start], .. original.Steps[(start + length)..]] };
            }
        }
    }
}
