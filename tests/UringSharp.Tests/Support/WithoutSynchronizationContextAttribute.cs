using NUnit.Framework.Interfaces;

namespace UringSharp.Tests.Support;

/// <summary>
/// NUnit runs tests under a SynchronizationContext of its own, which sends the code after each <c>await</c> to the thread pool. Under this
/// attribute it runs where it does in a service: on the pump thread that received the completion.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly | AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class WithoutSynchronizationContextAttribute : Attribute, ITestAction
{
    public ActionTargets Targets => ActionTargets.Test;

    public void BeforeTest(ITest test) => SynchronizationContext.SetSynchronizationContext(null);

    public void AfterTest(ITest test)
    {
        // NUnit sets its own anew for the next test.
    }
}
