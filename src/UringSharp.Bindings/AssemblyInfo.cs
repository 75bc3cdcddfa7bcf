using System.Runtime.CompilerServices;

// Structs pass to libclang as they lie in memory.
[assembly: DisableRuntimeMarshalling]
