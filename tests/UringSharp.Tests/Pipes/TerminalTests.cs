using System.Globalization;
using Microsoft.Win32.SafeHandles;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>Terminals: what `read` of standard input is about.</summary>
public sealed class TerminalTests : PipeFixture
{
    private readonly byte[] _buffer = new byte[64];
    private int _master = -1;
    private string _slavePath = string.Empty;
    private SafeFileHandle _slave = null!;

    [SetUp]
    public void Open_a_terminal()
    {
        (_master, _slavePath) = PipeLibc.Terminal();
        _slave = new SafeFileHandle(PipeLibc.MustOpen(_slavePath, PipeLibc.ReadWrite | PipeLibc.NoControllingTerminal), ownsHandle: true);
    }

    [TearDown]
    public void Close_the_terminal()
    {
        _slave.Dispose();
        if (_master >= 0)
        {
            _ = PipeLibc.Close(_master);
        }
    }

    [Test]
    public async Task A_line_that_is_typed_arrives_when_it_is_complete()
    {
        await using var stream = UringPipeStream.FromHandle(_slave, FileAccess.Read, Context);
        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();

        Type("hel");
        Type("lo\n");

        (await Eventually.Ends(read)).Should().Be(6);
        _buffer.AsSpan(0, 6).SequenceEqual("hello\n"u8).Should().BeTrue();
    }

    [Test]
    public async Task Cancelling_a_read_eats_nothing_that_is_typed_later()
    {
        await using var stream = UringPipeStream.FromHandle(_slave, FileAccess.Read, Context);
        for (int i = 0; i < 200; i++)
        {
            using CancellationTokenSource source = new();
            Task<int> read = stream.ReadAsync(_buffer, source.Token).AsTask();
            if (i % 2 == 0)
            {
                await Pends();
            }

            source.Cancel();
            await FluentActions.Awaiting(() => Eventually.Ends(read)).Should().ThrowAsync<OperationCanceledException>();
            Type("x\n");
            (await Eventually.Ends(stream.ReadAsync(_buffer).AsTask())).Should().Be(2);
        }
    }

    [Test]
    public async Task The_flags_of_the_terminal_others_share_stay_as_they_are()
    {
        int descriptor = (int)_slave.DangerousGetHandle();
        int before = PipeLibc.StatusFlags(descriptor);
        await using (var stream = UringPipeStream.FromHandle(_slave, FileAccess.Read, Context))
        {
            Task<int> read = stream.ReadAsync(_buffer).AsTask();
            await Pends();
            PipeLibc.StatusFlags(descriptor).Should().Be(before);
            Type("a\n");
            await Eventually.Ends(read);
        }

        PipeLibc.StatusFlags(descriptor).Should().Be(before);
    }

    [Test]
    public async Task End_of_transmission_is_the_end_and_not_the_last()
    {
        await using var stream = UringPipeStream.FromHandle(_slave, FileAccess.Read, Context);
        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();

        Type("\u0004");
        (await Eventually.Ends(read)).Should().Be(0);

        // A terminal goes on after Ctrl-D, for every program that reads it.
        read = stream.ReadAsync(_buffer).AsTask();
        await Pends();
        Type("again\n");
        (await Eventually.Ends(read)).Should().Be(6);
    }

    [Test]
    public async Task A_terminal_that_hangs_up_ends_the_read()
    {
        await using var stream = UringPipeStream.FromHandle(_slave, FileAccess.Read, Context);
        Task<int> read = stream.ReadAsync(_buffer).AsTask();
        await Pends();

        _ = PipeLibc.Close(_master);
        _master = -1;

        await EndsWithZeroOrEio(read);
        await EndsWithZeroOrEio(stream.ReadAsync(_buffer).AsTask());
    }

    [Test]
    public async Task Reading_does_not_make_it_the_controlling_terminal()
    {
        string before = ControllingTerminal();

        await using var stream = UringPipeStream.FromHandle(_slave, FileAccess.Read, Context);

        ControllingTerminal().Should().Be(before);
    }

    [Test]
    public async Task The_master_side_is_read_or_refused_but_never_mistaken_for_a_new_terminal()
    {
        using SafeFileHandle master = new(_master, ownsHandle: false);
        UringPipeStream stream;
        try
        {
            stream = UringPipeStream.FromHandle(master, FileAccess.Read, Context);
        }
        catch (NotSupportedException)
        {
            return;
        }

        await using (stream)
        {
            Task<int> read = stream.ReadAsync(_buffer).AsTask();
            PipeLibc.Write((int)_slave.DangerousGetHandle(), "out"u8).Should().Be(3);

            (await Eventually.Ends(read, TimeSpan.FromSeconds(3))).Should().Be(3);
        }
    }

    private static async Task EndsWithZeroOrEio(Task<int> read)
    {
        try
        {
            (await Eventually.Ends(read)).Should().Be(0);
        }
        catch (IOException e)
        {
            e.HResult.Should().Be(5);
        }
    }

    private static string ControllingTerminal() =>
        File.ReadAllText("/proc/self/stat").Split(") ")[^1].Split(' ')[4].ToString(CultureInfo.InvariantCulture);

    private void Type(string text) => PipeLibc.Write(_master, System.Text.Encoding.UTF8.GetBytes(text)).Should().Be(text.Length);
}
