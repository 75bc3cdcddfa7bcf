using Microsoft.Win32.SafeHandles;
using UringSharp.Engine;
using UringSharp.Files.Streams;
using UringSharp.Interop;
using UringSharp.Interop.Native;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Files.Streams;

/// <summary>What the kernel refuses is told once for each attempt, and stays, whoever asks and when.</summary>
public sealed class RefusedWriteBehindTests
{
    private StreamFile _file = null!;
    private WriteBehind _behind = null!;
    private byte[]? _buffer;

    [SetUp]
    public void Take()
    {
        SafeFileHandle handle = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        NativeFileInfo info = Descriptor.Describe(handle, null);
        FileHandle file = new(handle, ownsHandle: true, "/dev/full", UringContext.PumpFor(null), NativeOpenFlags.WriteOnly, in info);
        _file = new StreamFile(file, "/dev/full", FileAccess.Write, new OpenedFile(handle, info, HasPositions: true, IsLocked: false, AppendStart: -1), deleteOnClose: false);
        _behind = new WriteBehind(_file);
        _buffer = new byte[100];
        _behind.Take(ref _buffer, 100, 50);
        _buffer.Should().BeNull("the caller gets the other one, which there is not yet");
    }

    [TearDown]
    public void CloseFile() => _file.Dispose();

    [Test]
    public async Task It_stays_after_an_answer_that_was_there([Values] bool isAsync)
    {
        await Eventually.Holds(() => _behind.HasAnswer, static () => "there is no answer");
        await Refuses(isAsync);
        await Refuses(!isAsync);
    }

    [Test]
    public async Task It_stays_after_an_answer_that_was_waited_for([Values] bool isAsync)
    {
        await Refuses(isAsync);
        await Refuses(!isAsync);
    }

    private async Task Refuses(bool isAsync)
    {
        Func<Task> settling = async () =>
        {
            if (isAsync)
            {
                await _behind.SettleAsync();
            }
            else
            {
                _behind.Settle();
            }
        };
        (await settling.Should().ThrowAsync<IOException>()).Which.HResult.Should().Be(Errno.ENOSPC);
        _behind.HasAnswer.Should().BeFalse();
        _behind.IsEmpty.Should().BeFalse();
        _behind.End.Should().Be(150);
    }
}
