using System.Net;
using System.Net.Http.Headers;
using UringSharp.Extensions.Tests.Support;
using UringSharp.Tests.Support;

namespace UringSharp.Extensions.Tests;

/// <summary>Static files of the sample, over HTTP.</summary>
public sealed class StaticFileTests
{
    private const int Length = 3_000_001;
    private const int Seed = 20261128;

    private WebSample _sample = null!;
    private byte[] _content = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _sample = await WebSample.StartAsync();
        _content = await _sample.FileAsync("file.bin", Length, Seed);
        await _sample.FileAsync("empty.bin", 0, Seed);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _sample.DisposeAsync();

    [Test]
    public async Task A_file_comes_whole_from_the_page_cache_and_from_the_disk()
    {
        (await _sample.Client.GetByteArrayAsync("/file.bin")).Should().Equal(_content);
        await EvictAsync();
        (await _sample.Client.GetByteArrayAsync("/file.bin")).Should().Equal(_content);
        (await _sample.Client.GetByteArrayAsync("/empty.bin")).Should().BeEmpty();
    }

    [Test]
    public async Task What_is_not_in_the_page_cache_is_read_through_the_ring()
    {
        if (!UringSupport.Current.IsAvailable || new DriveInfo(_sample.Files).DriveFormat is not ("ext4" or "xfs" or "btrfs"))
        {
            Assert.Ignore("there is no io_uring, or no folder on a disk");
        }

        // A read may find the bytes there already that the disk has brought for the one before; not each time.
        long before = await SubmissionsAsync();
        for (int round = 0; round < 20 && await SubmissionsAsync() == before; round++)
        {
            await EvictAsync();
            (await _sample.Client.GetByteArrayAsync("/file.bin")).Should().Equal(_content);
        }

        (await SubmissionsAsync()).Should().BeGreaterThan(before);

        async Task<long> SubmissionsAsync() => (long)(await _sample.StatisticsAsync())["rings"]!["submissions"]!;
    }

    [TestCase(0, 0)]
    [TestCase(1, 70_000)]
    [TestCase(65_536, 131_071)]
    [TestCase(2_999_999, 3_000_000)]
    public async Task A_range_comes_alone(int first, int last)
    {
        await EvictAsync();
        using HttpRequestMessage request = new(HttpMethod.Get, "/file.bin") { Headers = { Range = new RangeHeaderValue(first, last) } };
        using HttpResponseMessage response = await _sample.Client.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.PartialContent);
        response.Content.Headers.ContentRange!.ToString().Should().Be($"bytes {first}-{last}/{Length}");
        (await response.Content.ReadAsByteArrayAsync()).Should().Equal(_content[first..(last + 1)]);
    }

    [Test]
    public async Task A_range_behind_the_end_is_refused()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/file.bin") { Headers = { Range = new RangeHeaderValue(Length, null) } };
        using HttpResponseMessage response = await _sample.Client.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.RequestedRangeNotSatisfiable);
    }

    [Test]
    public async Task A_file_that_is_missing_is_not_found()
    {
        using HttpResponseMessage response = await _sample.Client.GetAsync("/missing.bin");

        response.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task A_file_that_has_not_changed_is_not_sent_again()
    {
        using HttpResponseMessage first = await _sample.Client.GetAsync("/file.bin");
        using HttpRequestMessage request = new(HttpMethod.Get, "/file.bin") { Headers = { IfModifiedSince = first.Content.Headers.LastModified } };
        using HttpResponseMessage second = await _sample.Client.SendAsync(request);

        second.StatusCode.Should().Be(HttpStatusCode.NotModified);
        (await second.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
    }

    [Test]
    public async Task Of_clients_that_leave_in_the_middle_of_a_file_nothing_stays_open()
    {
        await _sample.StatisticsAsync();
        string path = Path.Combine(_sample.Files, "file.bin");
        for (int round = 0; round < 20; round++)
        {
            await EvictAsync();
            using HttpResponseMessage response = await _sample.Client.GetAsync("/file.bin", HttpCompletionOption.ResponseHeadersRead);
            await using Stream stream = await response.Content.ReadAsStreamAsync();
            await stream.ReadExactlyAsync(new byte[1000 * round]);
        }

        await Eventually.Holds(() => _sample.CountOpen(path) == 0, () => $"{_sample.CountOpen(path)} descriptors of the file are open");
        (await _sample.StatisticsAsync())["rings"]!["inFlight"]!.GetValue<long>().Should().BeLessThan(10);
    }

    private async Task EvictAsync()
    {
        await using UringFile file = await UringFile.OpenAsync(Path.Combine(_sample.Files, "file.bin"), FileMode.Open, FileAccess.ReadWrite);
        await file.FlushAsync();
        await file.AdviseAsync(FileAdvice.DontNeed);
    }
}
