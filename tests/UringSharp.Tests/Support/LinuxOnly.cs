using System.Runtime.Versioning;

// Nothing here runs elsewhere, so that calls missing on Windows need no guards.
[assembly: SupportedOSPlatform("linux")]
