using UringSharp.Cli.Bench.Rows;

namespace UringSharp.Tests.Cli.Bench;

public sealed class CourseTests
{
    private const int BlockSize = 4096;
    private const int Blocks = 1000;

    [TestCase(1)]
    [TestCase(3)]
    public void A_course_that_goes_once_visits_each_block_once_whatever_the_number_of_loops(int loops)
    {
        List<long> visited = [];
        foreach (Course course in Course.Once(loops, Blocks * BlockSize, BlockSize))
        {
            while (course.TryNext(out long offset))
            {
                visited.Add(offset);
            }
        }

        visited.Order().Should().Equal(Enumerable.Range(0, Blocks).Select(static i => (long)i * BlockSize));
        visited.Should().NotBeInAscendingOrder();
    }

    [Test]
    public void A_random_course_stays_inside_the_file_and_differs_from_loop_to_loop()
    {
        Course[] courses = Course.Random(2, Blocks * BlockSize, BlockSize);

        long[][] visited = Array.ConvertAll(courses, static course => Enumerable.Range(0, 5000).Select(_ => Next(course)).ToArray());

        visited.SelectMany(static offsets => offsets).Should().OnlyContain(static offset => offset >= 0 && offset < Blocks * BlockSize && offset % BlockSize == 0);
        visited[0].Should().NotEqual(visited[1]);
        visited[0].Distinct().Count().Should().BeGreaterThan(Blocks * 9 / 10);
    }

    private static long Next(Course course)
    {
        course.TryNext(out long offset).Should().BeTrue();
        return offset;
    }
}
