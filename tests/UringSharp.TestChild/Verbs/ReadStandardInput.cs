using System.Globalization;
using System.Security.Cryptography;

namespace UringSharp.TestChild.Verbs;

/// <summary>Reads standard input to its end and says how long it was, with its hash.</summary>
internal static class ReadStandardInput
{
    public static async Task RunAsync(string[] arguments)
    {
        try
        {
            await using var input = UringPipeStream.OpenStandardInput();
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            byte[] buffer = new byte[10_000];
            long total = 0;
            int read;
            while ((read = await input.ReadAsync(buffer)) > 0)
            {
                hash.AppendData(buffer, 0, read);
                total += read;
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{total} {Convert.ToHexString(hash.GetHashAndReset())}"));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            Console.WriteLine(e.GetType().Name);
        }
    }
}
