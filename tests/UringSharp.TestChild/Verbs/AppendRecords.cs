using System.Globalization;
using System.Text;

namespace UringSharp.TestChild.Verbs;

/// <summary>Writes numbered records to a file for ever, and says after each flush to the disk how many are there.</summary>
internal static class AppendRecords
{
    public static async Task RunAsync(string[] arguments)
    {
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 4096 };
        await using UringFileStream stream = await UringFileStream.OpenAsync(arguments[0], options);
        for (int i = 1; ; i++)
        {
            // Of many sizes: gathered, written behind and written at once.
            string record = string.Create(CultureInfo.InvariantCulture, $"{i} {new string('x', i * 997 % 6000)}\n");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(record));
            if (i % 3 == 0)
            {
                await stream.FlushAsync(flushToDisk: true);
                Console.WriteLine(i.ToString(CultureInfo.InvariantCulture));
            }
        }
    }
}
