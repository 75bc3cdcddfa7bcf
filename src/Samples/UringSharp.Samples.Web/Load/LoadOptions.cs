using System.Globalization;

namespace UringSharp.Samples.Web.Load;

/// <summary>What <c>load</c> is told: <c>--rounds 5</c> and the like.</summary>
internal sealed class LoadOptions
{
    private readonly IConfiguration _arguments;

    public LoadOptions(string[] args)
    {
        _arguments = new ConfigurationBuilder().AddCommandLine(args).Build();
        Rounds = Number("rounds", 7);
        Time = TimeSpan.FromSeconds(Number("seconds", 2));
        Connections = Number("connections", 8);
        ColdConnections = Number("cold-connections", 64);
        ColdFiles = Number("cold-files", 1000);
        ColdSize = Number("cold-size", 64 * 1024);
        ColdWarmUps = Number("cold-warm-ups", 20);
        Clients = Number("clients", 1000);
        Folder = _arguments["folder"] ?? "/var/tmp";
        Parts = (_arguments["parts"] ?? "cached,cold,tails").Split(',');
        Choices = (_arguments["choices"] ?? "uring,filestream,physical").Split(',');
    }

    /// <summary>Rounds of each part; in each every server has its turn.</summary>
    public int Rounds { get; }

    /// <summary>How long a turn with cached files takes.</summary>
    public TimeSpan Time { get; }

    public int Connections { get; }

    public int ColdConnections { get; }

    public int ColdFiles { get; }

    /// <summary>In bytes.</summary>
    public int ColdSize { get; }

    /// <summary>Rounds with cold files before the first that counts: a round is short, and a server spends a third of its time in the compiler until its code is optimised.</summary>
    public int ColdWarmUps { get; }

    /// <summary>Clients that follow a pipe each.</summary>
    public int Clients { get; }

    /// <summary>On a real disk.</summary>
    public string Folder { get; }

    public string[] Parts { get; }

    /// <summary>Servers that are compared; the first with each of the others.</summary>
    public string[] Choices { get; }

    private int Number(string name, int usual) => _arguments[name] is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}
