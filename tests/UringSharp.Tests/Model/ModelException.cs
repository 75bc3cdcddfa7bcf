namespace UringSharp.Tests.Model;

/// <summary>The library has not done what the model says.</summary>
public sealed class ModelException : Exception
{
    public ModelException()
    {
    }

    public ModelException(string message)
        : base(message)
    {
    }

    public ModelException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
