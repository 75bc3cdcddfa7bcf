using System.Reflection;
using UringSharp.Engine;
using UringSharp.Interop.Native;

namespace UringSharp.Tests.Engine;

public sealed class SlotTableTests
{
    [Test]
    public void What_was_entered_is_found_once()
    {
        SlotTable table = new(4);
        IdleOperation operation = new();

        ulong userData = table.Add(operation);

        table.Count.Should().Be(1);
        table.Take(userData).Should().BeSameAs(operation);
        table.Take(userData).Should().BeNull("a second completion with the same number is nobody's");
        table.Count.Should().Be(0);
    }

    [Test]
    public void A_late_completion_does_not_find_the_next_user_of_its_slot()
    {
        SlotTable table = new(1);
        ulong first = table.Add(new IdleOperation());
        table.Take(first);
        IdleOperation successor = new();
        ulong second = table.Add(successor);

        ((uint)second).Should().Be((uint)first, "the slot is reused, or this test says nothing");
        table.Take(first).Should().BeNull();
        table.Take(second).Should().BeSameAs(successor);
    }

    [Test]
    public void What_is_looked_for_stays_until_it_is_taken()
    {
        SlotTable table = new(1);
        IdleOperation operation = new();
        ulong userData = table.Add(operation);

        table.Find(userData).Should().BeSameAs(operation);
        table.Find(userData).Should().BeSameAs(operation, "looking takes nothing");
        table.Find(userData ^ (1UL << 32)).Should().BeNull("that is another generation");
        table.Count.Should().Be(1);
        table.Take(userData).Should().BeSameAs(operation);
        table.Find(userData).Should().BeNull();
    }

    [Test]
    public void It_grows_and_keeps_what_it_holds()
    {
        SlotTable table = new(1);
        IdleOperation[] operations = [.. Enumerable.Range(0, 3_000).Select(i => new IdleOperation { Number = i })];

        ulong[] numbers = [.. operations.Select(table.Add)];

        numbers.Should().OnlyHaveUniqueItems();
        table.Count.Should().Be(3_000);
        numbers.Select(table.Take).Should().Equal(operations);
    }

    [TestCase(0x0000_0001_0000_0009UL, Description = "a slot never used")]
    [TestCase(0x0000_0001_FFFF_FFFFUL, Description = "a slot that would be negative")]
    [TestCase(0x0000_0001_8000_0000UL, Description = "a slot that would be the most negative")]
    [TestCase(0UL, Description = "no generation")]
    [TestCase(0x7FFF_FFFF_0000_0000UL, Description = "another generation")]
    public void A_number_that_was_never_given_finds_nothing(ulong userData)
    {
        SlotTable table = new(4);
        table.Add(new IdleOperation());

        table.Take(userData).Should().BeNull();
        table.Count.Should().Be(1);
    }

    [Test]
    public void Numbers_never_meet_the_pumps_own()
    {
        SlotTable table = new(1);
        for (int i = 0; i < 10_000; i++)
        {
            ulong userData = table.Add(new IdleOperation());
            (userData & SlotTable.OwnUse).Should().Be(0);
            userData.Should().NotBe(NativeConstants.IgnoredUserData);
            table.Take(userData);
        }
    }

    [Test]
    public void After_the_last_generation_comes_the_first_and_never_none()
    {
        SlotTable table = new(1);
        table.Take(table.Add(new IdleOperation()));
        SetGeneration(table, slot: 0, int.MaxValue - 1);

        ulong last = table.Add(new IdleOperation());
        table.Take(last);
        IdleOperation wrapped = new();
        ulong first = table.Add(wrapped);

        (last >> 32).Should().Be(int.MaxValue);
        (first >> 32).Should().Be(1);
        table.Take(last).Should().BeNull();
        table.Take(first).Should().BeSameAs(wrapped);
    }

    [Test]
    public void Each_one_in_flight_is_visited()
    {
        SlotTable table = new(2);
        IdleOperation[] operations = [.. Enumerable.Range(0, 6).Select(i => new IdleOperation { Number = i })];
        ulong[] numbers = [.. operations.Select(table.Add)];
        table.Take(numbers[2]);
        table.Take(numbers[5]);

        List<int> visited = [];
        table.ForEach(operation => visited.Add(((IdleOperation)operation).Number));

        visited.Should().BeEquivalentTo([0, 1, 3, 4]);
    }

    private static void SetGeneration(SlotTable table, int slot, uint generation)
    {
        FieldInfo entries = typeof(SlotTable).GetField("_entries", BindingFlags.Instance | BindingFlags.NonPublic)!;
        var array = (Array)entries.GetValue(table)!;
        object entry = array.GetValue(slot)!;
        entry.GetType().GetField("Generation", BindingFlags.Instance | BindingFlags.NonPublic)!.SetValue(entry, generation);
        array.SetValue(entry, slot);
    }
}
