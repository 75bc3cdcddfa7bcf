namespace UringSharp.Tests.Support;

/// <summary>A test that cannot run here says so aloud: a skip is never a pass.</summary>
internal static class Skip
{
    public static bool IsRoot => Libc.EffectiveUser() == 0;

    public static void Aloud(string reason)
    {
        TestContext.Progress.WriteLine($"skipped: {reason}");
        Assert.Ignore(reason);
    }

    public static void UnlessRoot(string why)
    {
        if (!IsRoot)
        {
            Aloud($"{why}: root is needed");
        }
    }
}
