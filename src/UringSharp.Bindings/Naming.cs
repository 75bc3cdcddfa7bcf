namespace UringSharp.Bindings;

/// <summary>How C names become C# names.</summary>
internal static class Naming
{
    /// <summary>What every name in the header begins with, in lower or upper case.</summary>
    internal const string Prefix = "us_";

    /// <summary>us_ring_options becomes NativeRingOptions.</summary>
    internal static string Type(string cName) => "Native" + PascalCase(WithoutPrefix(cName));

    /// <summary>us_ring_create becomes RingCreate, US_ABI_VERSION AbiVersion.</summary>
    internal static string Member(string cName) => PascalCase(WithoutPrefix(cName));

    /// <summary>sq_entries becomes SqEntries.</summary>
    internal static string Field(string cName) => PascalCase(cName);

    /// <summary>wait_count becomes waitCount, event @event.</summary>
    internal static string Parameter(string cName)
    {
        string pascal = PascalCase(cName);
        string camel = char.ToLowerInvariant(pascal[0]) + pascal[1..];
        return CSharpKeywords.Contains(camel) ? "@" + camel : camel;
    }

    /// <summary>What all members of an enum have in common, up to an underscore: US_SETUP_ for US_SETUP_NONE and US_SETUP_CLAMP.</summary>
    /// <remarks>A lone member has it in common with the enum's own name.</remarks>
    internal static string CommonPrefix(string enumName, IReadOnlyList<string> memberNames)
    {
        IEnumerable<string[]> names = memberNames.Select(name => name.Split('_'));
        if (memberNames.Count == 1)
        {
            names = names.Append(enumName.ToUpperInvariant().Split('_'));
        }

        string[][] all = [.. names];
        int most = memberNames.Min(name => name.Split('_').Length) - 1;
        int common = 0;
        while (common < most && all.All(words => common < words.Length && words[common] == all[0][common]))
        {
            common++;
        }

        return string.Concat(all[0].Take(common).Select(word => word + "_"));
    }

    /// <summary>SINGLE_ISSUER becomes SingleIssuer, POLL_32BITS Poll32Bits.</summary>
    internal static string PascalCase(string name)
    {
        char[] letters = [.. name.ToLowerInvariant()];
        for (int i = 0; i < letters.Length; i++)
        {
            if (i == 0 || !char.IsAsciiLetter(letters[i - 1]))
            {
                letters[i] = char.ToUpperInvariant(letters[i]);
            }
        }

        string pascal = new string(letters).Replace("_", "", StringComparison.Ordinal);
        return char.IsAsciiDigit(pascal[0]) ? "_" + pascal : pascal;
    }

    private static string WithoutPrefix(string cName) =>
        cName.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? cName[Prefix.Length..] : cName;
}
