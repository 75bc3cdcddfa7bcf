using Microsoft.Win32.SafeHandles;

namespace UringSharp.TestChild;

/// <summary>Takes every descriptor the process may still have; gives them back when disposed.</summary>
internal sealed class DescriptorHog : IDisposable
{
    private readonly List<SafeFileHandle> _handles = new(4096);

    public DescriptorHog()
    {
        try
        {
            while (true)
            {
                _handles.Add(File.OpenHandle("/dev/null"));
            }
        }
        catch (IOException)
        {
            // EMFILE: that was the last one.
        }
    }

    /// <summary>Gives some back.</summary>
    public void GiveBack(int count)
    {
        for (; count > 0; count--)
        {
            _handles[^1].Dispose();
            _handles.RemoveAt(_handles.Count - 1);
        }
    }

    public void Dispose() => _handles.ForEach(static handle => handle.Dispose());
}
