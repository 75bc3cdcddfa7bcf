using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UringSharp.TestChild.Verbs;

/// <summary>Calls every public constructor and static method of the library with arguments that would do, in a folder of its own, and says how each ended.</summary>
internal static class CallEverything
{
    public static async Task RunAsync(string[] arguments)
    {
        string path = Path.Combine(arguments[0], "file");
        await File.WriteAllTextAsync(path, "content");
        using SafeFileHandle handle = File.OpenHandle(path);
        foreach (Type type in typeof(UringContext).Assembly.GetExportedTypes().Where(IsEntrance))
        {
            foreach (MethodBase entrance in EntrancesOf(type))
            {
                object?[] values = [.. entrance.GetParameters().Select(parameter => ValueFor(parameter, path, handle))];
                await Report.OutcomeAsync($"{type.Name}.{entrance.Name}", () => CallAsync(entrance, values));
            }
        }

        await Report.OutcomeAsync("UringLoopGroup.RunAsync", () => new UringLoopGroup().RunAsync(static _ => Task.CompletedTask));
    }

    // What is made by hand without the kernel, and what works on somebody else's PipeReader, is no way in.
    private static bool IsEntrance(Type type) =>
        type is { IsClass: true } && !type.IsSubclassOf(typeof(Exception)) && type != typeof(PipeReaderExtensions);

    private static IEnumerable<MethodBase> EntrancesOf(Type type)
    {
        const BindingFlags declaredHere = BindingFlags.Public | BindingFlags.DeclaredOnly;
        IEnumerable<MethodBase> constructors = type.IsAbstract ? [] : type.GetConstructors(declaredHere | BindingFlags.Instance);
        return constructors
            .Concat(type.GetMethods(declaredHere | BindingFlags.Static).Select(static method => method.IsGenericMethod ? method.MakeGenericMethod(typeof(int)) : method))
            .Where(static entrance => !entrance.GetParameters().Any(NeedsContext));
    }

    // Whoever has one has been in already.
    private static bool NeedsContext(ParameterInfo parameter) => parameter.ParameterType == typeof(UringContext) && !parameter.HasDefaultValue;

    private static object? ValueFor(ParameterInfo parameter, string path, SafeFileHandle handle) => parameter switch
    {
        { HasDefaultValue: true, ParameterType.IsEnum: true } => Enum.ToObject(parameter.ParameterType, parameter.DefaultValue!),
        { HasDefaultValue: true, DefaultValue: { } value } => value,
        { Name: "target" or "destination" } => path + ".other",
        { Name: "bufferSize" } => 4096,
        { ParameterType: var type } when type == typeof(string) => path,
        { ParameterType: var type } when type.IsAssignableTo(typeof(SafeHandle)) => handle,
        { ParameterType: var type } when type == typeof(FileStreamOptions) => new FileStreamOptions(),
        { ParameterType: var type } when type == typeof(FileMode) => FileMode.Open,
        { ParameterType: var type } when type == typeof(FileAccess) => FileAccess.Read,
        { ParameterType: var type } when type == typeof(Func<Task>) => static () => Task.CompletedTask,
        { ParameterType: var type } when type == typeof(Func<Task<int>>) => static () => Task.FromResult(1),
        { ParameterType: { IsValueType: true } type } => Activator.CreateInstance(type),
        { HasDefaultValue: true } => null,
        _ => throw new UnreachableException($"An argument for {parameter.Member.DeclaringType}.{parameter.Member.Name}: {parameter}"),
    };

    private static async Task CallAsync(MethodBase entrance, object?[] values)
    {
        const BindingFlags plainly = BindingFlags.DoNotWrapExceptions;
        object? answer = entrance is ConstructorInfo constructor
            ? constructor.Invoke(plainly, binder: null, values, culture: null)
            : entrance.Invoke(null, plainly, binder: null, values, culture: null);
        switch (answer)
        {
            case ValueTask task:
                await task;
                break;
            case IAsyncEnumerable<UringDirectoryEntry> entries:
                await foreach (UringDirectoryEntry _ in entries)
                {
                    break;
                }

                break;
            case { } when answer.GetType().GetMethod(nameof(ValueTask<int>.AsTask)) is { } asTask:
                await (Task)asTask.Invoke(answer, null)!;
                break;
        }
    }
}
