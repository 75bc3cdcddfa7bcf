using System.Globalization;

namespace UringSharp.Tests.Model;

/// <summary>What is done to an object; each action with what else it means is told where it is carried out.</summary>
internal enum ModelAction
{
    FileOpen,
    FileRead,
    FileReadAtOnce,
    FileReadCancelled,
    FileWrite,
    FileWriteCancelled,
    FileSetLength,
    FileFlush,
    FileClose,
    StreamOpen,
    StreamRead,
    StreamReadCancelled,
    StreamWrite,
    StreamSeek,
    StreamSetLength,
    StreamFlush,
    StreamCopy,
    PipeOpen,
    PipeRead,
    PipeTryRead,
    PipeWrite,
    PipeCancelRead,
    PipeCancelWrite,
    PipeRace,
    PipeDrain,
    PipeEndReader,
    PipeEndWriter,
    PipeGoOn,
    EventOpen,
    EventWait,
    EventRaise,
    EventTake,
    EventCancel,
    EventEnd,
    PlaceEnd,
}

/// <summary>One step of a sequence. It means something in every state, so that a sequence stays one when steps are left out.</summary>
/// <param name="Action">What is done.</param>
/// <param name="Slot">To which object of its kind.</param>
/// <param name="Place">Where an object that is made belongs: <see cref="ModelPlaces"/>.</param>
/// <param name="Caller">From where it is called: <see cref="ModelPlaces"/>.</param>
/// <param name="Size">Bytes, where it takes some.</param>
/// <param name="Offset">Where to, where it goes somewhere.</param>
/// <param name="Variant">Which of the ways to do it.</param>
internal sealed record ModelStep(ModelAction Action, int Slot, int Place, int Caller, int Size, int Offset, int Variant)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Action} slot {Slot} place {Place} caller {Caller} size {Size} offset {Offset} variant {Variant}");
}
