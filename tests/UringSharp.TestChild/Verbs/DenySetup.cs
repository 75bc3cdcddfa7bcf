using System.Globalization;
using System.Runtime.InteropServices;

namespace UringSharp.TestChild.Verbs;

/// <summary>Installs a seccomp filter on all threads that answers io_uring_setup(2) with an errno, then does as <see cref="CreateContext"/>, and as <see cref="Use"/> where a folder is named.</summary>
internal static partial class DenySetup
{
    private const int SetNoNewPrivileges = 38;
    private const nint SetModeFilter = 1;
    private const nint AllThreads = 1;
    private const uint IoUringSetup = 425;
    private const uint IoUringEnter = 426;

    private const ushort LoadWord = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort Return = 0x06;
    private const uint Allow = 0x7FFF0000;
    private const uint AnswerErrno = 0x00050000;

    public static async Task RunAsync(string[] arguments)
    {
        Deny(uint.Parse(arguments[0], CultureInfo.InvariantCulture), IoUringSetup);
        await CreateContext.RunAsync([]);
        if (arguments.Length > 1)
        {
            await Use.RunAsync(arguments[1..]);
        }
    }

    /// <summary>As a filter that was made carelessly: rings can be made, and not used.</summary>
    public static async Task RunEnterAsync(string[] arguments)
    {
        Deny(uint.Parse(arguments[0], CultureInfo.InvariantCulture), IoUringEnter);
        await CreateContext.RunAsync([]);
    }

    private static unsafe void Deny(uint errno, uint systemCall)
    {
        Instruction* program = stackalloc Instruction[]
        {
            new(LoadWord, 0, 0, 0), // the system call's number
            new(JumpIfEqual, 0, 1, systemCall),
            new(Return, 0, 0, AnswerErrno | errno),
            new(Return, 0, 0, Allow),
        };
        Filter filter = new() { Length = 4, Instructions = program };
        nint number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 317 : 277;
        if (ControlProcess(SetNoNewPrivileges, 1, 0, 0, 0) != 0 || SystemCall(number, SetModeFilter, AllThreads, (nint)(&filter)) != 0)
        {
            throw new InvalidOperationException($"The filter was refused: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int ControlProcess(int option, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third);

    /// <summary>struct sock_filter.</summary>
    private readonly struct Instruction(ushort code, byte jumpTrue, byte jumpFalse, uint operand)
    {
        public readonly ushort Code = code;
        public readonly byte JumpTrue = jumpTrue;
        public readonly byte JumpFalse = jumpFalse;
        public readonly uint Operand = operand;
    }

    /// <summary>struct sock_fprog.</summary>
    private unsafe struct Filter
    {
        public ushort Length;
        public Instruction* Instructions;
    }
}
