namespace UringSharp.Samples.Web.Load;

internal static class LoadComparison
{
    public static Task<int> RunAsync(string[] args) => Task.FromResult(args.Length);
}
