using System.Reflection;

namespace UringSharp.TestChild.Verbs;

/// <summary>Uses the library for the first time while there is no descriptor left, and again when there are some.</summary>
internal static class ExhaustDescriptorsFirst
{
    public static Task RunAsync(string[] arguments)
    {
        // What needs a descriptor of its own and is not meant here: loading assemblies and the native library.
        foreach (AssemblyName name in typeof(UringContext).Assembly.GetReferencedAssemblies())
        {
            Assembly.Load(name);
        }

        Exception? first = Try(static () => NamedPipe.Create("/dev/null/nowhere"));
        bool isAvailable;
        using (new DescriptorHog())
        {
            first = Try(static () => _ = UringContext.Default);
            isAvailable = UringSupport.Current.IsAvailable;
        }

        Exception? second = Try(static () => _ = UringContext.Default);
        Report.Line("default", first is null ? "ok" : Report.Describe(first));
        Report.Line("default afterwards", second is null ? "ok" : Report.Describe(second));
        Report.Line("available", isAvailable);
        Report.Line("available afterwards", UringSupport.Current.IsAvailable);
        Report.Line("features afterwards", Enum.GetValues<UringFeature>().Count(UringSupport.Current.Supports));
        Report.Line("reason afterwards", UringSupport.Current.UnavailableReason);
        return Task.CompletedTask;
    }

    private static Exception? Try(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }
}
