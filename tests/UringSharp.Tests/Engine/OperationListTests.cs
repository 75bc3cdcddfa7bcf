using UringSharp.Engine;

namespace UringSharp.Tests.Engine;

public sealed class OperationListTests
{
    [Test]
    public void Operations_lie_in_the_order_added()
    {
        OperationList<WaitingNeighbours> list = Filled(5, out _);

        Numbers(list).Should().Equal(0, 1, 2, 3, 4);
    }

    [TestCase(0, new[] { 1, 2 })]
    [TestCase(1, new[] { 0, 2 })]
    [TestCase(2, new[] { 0, 1 })]
    public void One_can_be_removed_from_anywhere(int removed, int[] left)
    {
        OperationList<WaitingNeighbours> list = Filled(3, out IdleOperation[] operations);

        list.Remove(operations[removed]);

        Numbers(list).Should().Equal(left);
    }

    [Test]
    public void One_added_after_the_last_was_removed_is_the_last()
    {
        OperationList<WaitingNeighbours> list = Filled(2, out IdleOperation[] operations);

        list.Remove(operations[1]);
        list.Add(new IdleOperation { Number = 7 });

        Numbers(list).Should().Equal(0, 7);
    }

    [Test]
    public void A_list_whose_last_is_removed_is_empty_and_can_be_used_again()
    {
        OperationList<WaitingNeighbours> list = Filled(1, out IdleOperation[] operations);

        list.Remove(operations[0]);
        list.IsEmpty.Should().BeTrue();
        list.First.Should().BeNull();

        list.Add(operations[0]);
        Numbers(list).Should().Equal(0);
    }

    [Test]
    public void An_operation_can_be_in_a_list_of_each_kind()
    {
        OperationList<WaitingNeighbours> waiting = Filled(3, out IdleOperation[] operations);
        OperationList<HandleNeighbours> ofHandle = new();
        ofHandle.Add(operations[2]);
        ofHandle.Add(operations[0]);

        waiting.Remove(operations[2]);

        Numbers(waiting).Should().Equal(0, 1);
        Numbers(ofHandle).Should().Equal(2, 0);
    }

    [Test]
    public void Random_additions_and_removals_agree_with_a_list_of_the_BCL()
    {
        Random random = new(20240607);
        OperationList<WaitingNeighbours> list = new();
        List<IdleOperation> model = [];
        for (int step = 0; step < 5_000; step++)
        {
            if (model.Count == 0 || random.Next(100) < 52)
            {
                IdleOperation added = new() { Number = step };
                list.Add(added);
                model.Add(added);
            }
            else
            {
                int index = random.Next(model.Count);
                list.Remove(model[index]);
                model.RemoveAt(index);
            }
        }

        Numbers(list).Should().Equal(model.Select(operation => operation.Number));
    }

    private static OperationList<WaitingNeighbours> Filled(int count, out IdleOperation[] operations)
    {
        operations = [.. Enumerable.Range(0, count).Select(i => new IdleOperation { Number = i })];
        OperationList<WaitingNeighbours> list = new();
        foreach (IdleOperation operation in operations)
        {
            list.Add(operation);
        }

        return list;
    }

    private static List<int> Numbers<TNeighbours>(OperationList<TNeighbours> list)
        where TNeighbours : struct, IOperationNeighbours
    {
        List<int> numbers = [];
        for (Operation? operation = list.First; operation is not null; operation = OperationList<TNeighbours>.After(operation))
        {
            numbers.Add(((IdleOperation)operation).Number);
        }

        return numbers;
    }
}
