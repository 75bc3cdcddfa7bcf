using System.Buffers;
using System.Net.Sockets;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Pipes;

/// <summary>A caller that has the turn and takes its time: whoever waits behind it is not left alone with that.</summary>
[Category("FaultsSoak")]
public sealed class TurnTests : PipeFixture
{
    [Test]
    public async Task The_end_of_the_context_waits_for_no_code_of_a_caller_that_has_the_turn([Values] bool comesBack)
    {
        UringContext context = new();
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(context);
        using SlowMemory memory = new();
        Task<int> first = Task.Run(() => reader.ReadAsync(memory.Memory).AsTask());
        memory.WaitUntilAsked();
        Task<int> second = reader.ReadAsync(new byte[1]).AsTask();

        Task ending = context.DisposeAsync().AsTask();
        if (comesBack)
        {
            memory.Answer();
        }

        await FluentActions.Awaiting(() => Eventually.Ends(second)).Should().ThrowAsync<ObjectDisposedException>();
        await Eventually.Ends(ending);
        memory.Answer();
        await FluentActions.Awaiting(() => Eventually.Ends(first)).Should().ThrowAsync<ObjectDisposedException>();
        await reader.DisposeAsync();
        await writer.DisposeAsync();
    }

    [Test]
    public async Task Who_waits_behind_it_is_served_when_it_is_done_and_can_be_cancelled_before()
    {
        (UringPipeStream reader, UringPipeStream writer) = UringPipeStream.CreatePair(Context);
        using SlowMemory memory = new();
        Task<int> first = Task.Run(() => reader.ReadAsync(memory.Memory).AsTask());
        memory.WaitUntilAsked();
        using CancellationTokenSource source = new();
        Task<int> second = reader.ReadAsync(new byte[1], source.Token).AsTask();
        byte[] buffer = new byte[8];
        Task<int> third = reader.ReadAsync(buffer).AsTask();

        await source.CancelAsync();
        await FluentActions.Awaiting(() => Eventually.Ends(second)).Should().ThrowAsync<OperationCanceledException>();
        await writer.WriteAsync(new byte[] { 1 });
        third.IsCompleted.Should().BeFalse("the first has the turn");
        memory.Answer();

        (await Eventually.Ends(first)).Should().Be(1);
        await writer.WriteAsync(new byte[] { 2 });
        (await Eventually.Ends(third)).Should().Be(1);
        buffer[0].Should().Be(2);
        await reader.DisposeAsync();
        await writer.DisposeAsync();
    }

    [Test]
    public async Task An_empty_datagram_is_not_the_end()
    {
        string path = Folder["socket"];
        using Socket receiver = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        receiver.Bind(new UnixDomainSocketEndPoint(path));
        using Socket sender = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        sender.Connect(new UnixDomainSocketEndPoint(path));
        await using var stream = UringPipeStream.FromHandle(receiver.SafeHandle, FileAccess.Read, Context);
        byte[] buffer = new byte[8];

        sender.Send(ReadOnlySpan<byte>.Empty);
        (await Eventually.Ends(stream.ReadAsync(buffer).AsTask())).Should().Be(0);

        sender.Send("x"u8);
        (await Eventually.Ends(stream.ReadAsync(buffer).AsTask())).Should().Be(1);
    }

    /// <summary>Memory whose span is given only when the test says so, at its first asking.</summary>
    private sealed class SlowMemory : MemoryManager<byte>
    {
        private readonly byte[] _bytes = new byte[8];
        private readonly ManualResetEventSlim _isAsked = new();
        private readonly ManualResetEventSlim _mayAnswer = new();

        public void WaitUntilAsked() => _isAsked.Wait(Eventually.Deadline).Should().BeTrue();

        public void Answer() => _mayAnswer.Set();

        public override Memory<byte> Memory => CreateMemory(_bytes.Length);

        public override Span<byte> GetSpan()
        {
            _isAsked.Set();
            _mayAnswer.Wait(Eventually.Deadline);
            return _bytes;
        }

        public override unsafe MemoryHandle Pin(int elementIndex = 0) => new Memory<byte>(_bytes)[elementIndex..].Pin();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
            _isAsked.Dispose();
            _mayAnswer.Dispose();
        }
    }
}
