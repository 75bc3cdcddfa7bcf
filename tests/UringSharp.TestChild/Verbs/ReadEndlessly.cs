using System.Globalization;

namespace UringSharp.TestChild.Verbs;

/// <summary>Reads numbered messages of 16 bytes from a named pipe that never ends, until so many have come.</summary>
internal static class ReadEndlessly
{
    private const int MessageSize = 16;

    public static async Task RunAsync(string[] arguments)
    {
        int count = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        await using UringPipeStream stream = await NamedPipe.OpenReadAsync(arguments[0], new NamedPipeOptions { EndOfStream = EndOfStreamMode.Never });
        byte[] message = new byte[MessageSize];
        for (long expected = 0; expected < count; expected++)
        {
            await stream.ReadExactlyAsync(message);
            if (BitConverter.ToInt64(message) != expected)
            {
                throw new InvalidOperationException($"Message {BitConverter.ToInt64(message)} came instead of {expected}.");
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} messages in order"));
    }
}
