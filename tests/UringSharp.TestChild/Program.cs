using UringSharp.TestChild.Verbs;

Dictionary<string, Func<string[], Task>> verbs = new()
{
    ["append-records"] = AppendRecords.RunAsync,
    ["call-everything"] = CallEverything.RunAsync,
    ["create-context"] = CreateContext.RunAsync,
    ["create-contexts"] = CreateContexts.RunAsync,
    ["create-file"] = CreateFile.RunAsync,
    ["deny-enter"] = DenySetup.RunEnterAsync,
    ["deny-setup"] = DenySetup.RunAsync,
    ["echo-slowly"] = EchoSlowly.RunAsync,
    ["end-with-pending-reads"] = EndWithPendingReads.RunAsync,
    ["end-in-loop"] = EndInLoop.RunAsync,
    ["exhaust-descriptors"] = ExhaustDescriptors.RunAsync,
    ["exhaust-descriptors-first"] = ExhaustDescriptorsFirst.RunAsync,
    ["exhaust-threads"] = ExhaustThreads.RunAsync,
    ["file-system-differences"] = FileSystemDifferences.RunAsync,
    ["hold-lease"] = HoldLease.RunAsync,
    ["leave-loops"] = LeaveLoops.RunAsync,
    ["listen-to-creation"] = ListenToCreation.RunAsync,
    ["limit-file-size"] = LimitFileSize.RunAsync,
    ["lock-range"] = LockRange.RunAsync,
    ["lock-range-of-stream"] = LockRangeOfStream.RunAsync,
    ["open-forbidden-pipe"] = OpenForbiddenPipe.RunAsync,
    ["open-differences"] = OpenDifferences.RunAsync,
    ["pending-contexts"] = PendingContexts.RunAsync,
    ["read-endlessly"] = ReadEndlessly.RunAsync,
    ["read-standard-input"] = ReadStandardInput.RunAsync,
    ["run-loop-group"] = RunLoopGroup.RunAsync,
    ["share-standard-input"] = ShareStandardInput.RunAsync,
    ["smoke"] = Smoke.RunAsync,
    ["soak"] = Soak.RunAsync,
    ["stream-differences"] = StreamDifferences.RunAsync,
    ["throwing-callback"] = ThrowingCallback.RunAsync,
    ["use"] = Use.RunAsync,
};

if (args.Length == 0 || !verbs.TryGetValue(args[0], out Func<string[], Task>? verb))
{
    await Console.Error.WriteLineAsync($"verbs: {string.Join(' ', verbs.Keys)}");
    return 2;
}

await verb(args[1..]);
return Environment.ExitCode;
