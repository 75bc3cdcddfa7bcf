using UringSharp.Engine;
using UringSharp.Interop;
using UringSharp.Interop.Native;
using UringSharp.Tests.Support;

namespace UringSharp.Tests.Engine;

/// <summary>Which devices are known to be local.</summary>
[WithoutSynchronizationContext]
public sealed class LocalDevicesTests
{
    [Test]
    public async Task A_disk_is_known_as_soon_as_it_has_been_looked_at()
    {
        using TempFolder folder = DiskFolder.Create();
        ulong device = DeviceOf(folder.FullPath);
        (await LocalDevices.LearnAsync(folder.FullPath, device)).Should().BeTrue();
        LocalDevices.Known.Contains(device).Should().BeTrue();
    }

    [Test]
    public async Task A_device_that_is_learnt_in_passing_is_known_soon()
    {
        using TempFolder folder = DiskFolder.Create();
        ulong device = DeviceOf(folder.FullPath);
        await Eventually.Holds(
            () =>
            {
                LocalDevices.Learn(folder.FullPath, device);
                return LocalDevices.Known.Contains(device);
            },
            () => "it is not");
    }

    [Test]
    public async Task Another_device_than_the_one_at_the_path_is_not_taken_for_it()
    {
        using TempFolder folder = DiskFolder.Create();
        const ulong nowhere = 0xFFFF_FFFF_0000;
        (await LocalDevices.LearnAsync(folder.FullPath, nowhere)).Should().BeFalse();
        LocalDevices.Known.Contains(nowhere).Should().BeFalse();
    }

    [Test]
    public async Task A_path_that_is_gone_proves_nothing()
    {
        const ulong gone = 0xFFFF_FFFF_0001;
        (await LocalDevices.LearnAsync("/no/such/place", gone)).Should().BeFalse();
    }

    [Test]
    public async Task A_device_that_is_unmounted_is_forgotten_within_seconds()
    {
        ulong device;
        using (var mount = MountedFolder.Tmpfs("1m"))
        {
            device = DeviceOf(mount.FullPath);
            (await LocalDevices.LearnAsync(mount["file"], device)).Should().BeTrue();
            LocalDevices.Known.Contains(device).Should().BeTrue();
        }

        await Eventually.Holds(() => !LocalDevices.Known.Contains(device), () => "it is still known", TimeSpan.FromSeconds(5));
    }

    [Test]
    public async Task A_device_in_use_stays_known()
    {
        using TempFolder folder = DiskFolder.Create();
        ulong device = DeviceOf(folder.FullPath);
        await LocalDevices.LearnAsync(folder.FullPath, device);
        long end = Environment.TickCount64 + 2500;
        int unknown = 0;
        while (Environment.TickCount64 < end)
        {
            unknown += LocalDevices.Known.Contains(device) ? 0 : 1;
            await Task.Delay(1);
        }

        // A machine that stalls for half a second may miss a renewal.
        unknown.Should().BeLessThan(200);
    }

    [TestCase(0xEF53, true)] // ext4
    [TestCase(0x01021994, true)] // tmpfs
    [TestCase(0x794C7630, true)] // overlayfs
    [TestCase(0x9FA0, true)] // proc
    [TestCase(0x65735546, false)] // FUSE
    [TestCase(0x6969, false)] // NFS
    [TestCase(0xFF534D42, false)] // CIFS
    [TestCase(0xFE534D42, false)] // SMB 2
    [TestCase(0x01021997, false)] // 9p
    [TestCase(0x00C36400, false)] // Ceph
    [TestCase(0x0187, false)] // autofs
    [TestCase(0x5346414F, false)] // AFS
    [TestCase(0, false)]
    [TestCase(0x12345678, false)]
    public void A_file_system_is_local_only_if_it_is_known_to_be(long type, bool isLocal) => LocalDevices.IsLocal(type).Should().Be(isLocal);

    private static ulong DeviceOf(string path)
    {
        PathCalls.Status(path, NativePathFlags.Follow, out NativeFileStatus status).Should().Be(0);
        return status.Device;
    }
}
