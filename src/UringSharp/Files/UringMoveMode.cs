namespace UringSharp;

/// <summary>What <see cref="UringFileSystem.MoveAsync"/> does with what is at the destination.</summary>
public enum UringMoveMode
{
    /// <summary>Nothing: the move fails where there is anything.</summary>
    NoReplace = 0,

    /// <summary>It is replaced in one step: at any time there is either the old one or the new one.</summary>
    Replace,

    /// <summary>The two change places in one step; both must exist and lie on the same file system.</summary>
    Exchange,
}
