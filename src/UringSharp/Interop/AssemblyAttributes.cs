using System.Runtime.CompilerServices;

// Every call into C is blittable; the runtime then makes no marshalling stubs, and trimming and AOT need none.
[assembly: DisableRuntimeMarshalling]
