namespace UringSharp.TestChild.Verbs;

/// <summary>Opens a named pipe in every way, and says how each was refused.</summary>
internal static class OpenForbiddenPipe
{
    public static async Task RunAsync(string[] arguments)
    {
        string path = arguments[0];
        Func<ValueTask<UringPipeStream>>[] ways =
        [
            () => NamedPipe.OpenReadAsync(path),
            () => NamedPipe.OpenReadAsync(path, new NamedPipeOptions { EndOfStream = EndOfStreamMode.Never }),
            () => NamedPipe.OpenWriteAsync(path),
            () => NamedPipe.OpenReadWriteAsync(path),
        ];
        foreach (Func<ValueTask<UringPipeStream>> open in ways)
        {
            try
            {
                await using UringPipeStream stream = await open();
                Console.WriteLine("opened");
            }
            catch (UnauthorizedAccessException e)
            {
                Console.WriteLine($"{e.GetType().Name} {e.Message}");
            }
        }
    }
}
