using System.Diagnostics.CodeAnalysis;

namespace UringSharp.Engine;

/// <summary>What was taken from an <see cref="OperationQueue{TLink}"/>, oldest first. Taking unlinks, so that a pooled operation keeps no other alive.</summary>
internal struct OperationChain<TLink>(Operation? first)
    where TLink : struct, IOperationLink
{
    private Operation? _first = first;

    /// <summary>Takes the oldest. False when none is left.</summary>
    public bool TryTake([NotNullWhen(true)] out Operation? operation)
    {
        operation = _first;
        if (operation is null)
        {
            return false;
        }

        ref Operation? link = ref TLink.Of(operation);
        _first = link;
        link = null;
        return true;
    }
}
