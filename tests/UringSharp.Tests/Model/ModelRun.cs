using System.Text;

namespace UringSharp.Tests.Model;

/// <summary>Does what a sequence says, to the library and to the model, and compares after each step.</summary>
internal sealed class ModelRun : IDisposable
{
    private static readonly TimeSpan s_shrinking = TimeSpan.FromSeconds(60);

    private readonly ModelPlaces _places;
    private readonly FileModel[] _files;
    private readonly PipeModel[] _pipes;
    private readonly EventModel[] _events;

    private ModelRun(ModelPlaces places, string folder, int seed)
    {
        _places = places;
        _files = [.. Enumerable.Range(0, ModelCase.Files).Select(i => new FileModel(places, Path.Combine(folder, $"file{i}"), seed + i))];
        _pipes = [.. Enumerable.Range(0, ModelCase.Pipes).Select(i => new PipeModel(places, folder, seed + i))];
        _events = [.. Enumerable.Range(0, ModelCase.Events).Select(_ => new EventModel(places))];
    }

    /// <summary>Runs the sequence of a seed in a folder. Where it fails the exception tells the shortest sequence found that fails too.</summary>
    /// <returns>The number of steps.</returns>
    public static int Run(ModelPlaces places, string folder, int seed)
    {
        var whole = ModelCase.Of(seed);
        ModelException? failure = FailureOf(places, folder, whole);
        if (failure is null)
        {
            return whole.Steps.Count;
        }

        ModelWait.IsShrinking = true;
        (ModelCase shortest, failure) = Shrink(places, folder, whole, failure);
        ModelWait.IsShrinking = false;
        StringBuilder text = new();
        text.AppendLine(failure.Message).Append("of ").Append(whole.Steps.Count).Append(" steps, ").AppendLine(shortest.ToString());
        throw new ModelException(text.ToString(), failure);
    }

    public void Dispose()
    {
        Array.ForEach(_files, static file => file.Dispose());
        Array.ForEach(_pipes, static pipe => pipe.Dispose());
        Array.ForEach(_events, static eventModel => eventModel.Dispose());
    }

    private static (ModelCase Shortest, ModelException Failure) Shrink(ModelPlaces places, string folder, ModelCase shortest, ModelException failure)
    {
        long started = Environment.TickCount64;
        bool isSmaller = true;
        while (isSmaller)
        {
            isSmaller = false;
            foreach (ModelCase smaller in shortest.Smaller())
            {
                if (Environment.TickCount64 - started > s_shrinking.TotalMilliseconds)
                {
                    break;
                }

                if (FailureOf(places, folder, smaller) is { } other)
                {
                    (shortest, failure, isSmaller) = (smaller, other, true);
                    break;
                }
            }
        }

        return (shortest, failure);
    }

    private static ModelException? FailureOf(ModelPlaces places, string folder, ModelCase @case)
    {
        using ModelRun run = new(places, folder, @case.Seed);
        int done = 0;
        try
        {
            foreach (ModelStep step in @case.Steps)
            {
                run.Do(step);
                done++;
            }

            run.End();
            return null;
        }
        catch (Exception e)
        {
            return new ModelException($"{(done < @case.Steps.Count ? $"Step {done + 1}, {@case.Steps[done]}" : "At the end")}: {e.Message}", e);
        }
    }

    private void Do(ModelStep step)
    {
        switch (step.Action)
        {
            case ModelAction.PlaceEnd:
                int place = step.Variant % 3 == 0 ? ModelPlaces.Loop : ModelPlaces.OwnContext;
                _places.Renew(place);
                Array.ForEach(_files, file => file.PlaceEnded(place, step));
                Array.ForEach(_pipes, pipe => pipe.PlaceEnded(place, step));
                Array.ForEach(_events, eventModel => eventModel.PlaceEnded(place, step));
                break;
            case >= ModelAction.EventOpen:
                Do(_events[step.Slot], step);
                _events[step.Slot].Settle();
                break;
            case >= ModelAction.PipeOpen:
                Do(_pipes[step.Slot], step);
                _pipes[step.Slot].Settle();
                break;
            default:
                Do(_files[step.Slot], step);
                break;
        }
    }

    private static void Do(EventModel target, ModelStep step)
    {
        switch (step.Action)
        {
            case ModelAction.EventOpen:
                target.Open(step);
                break;
            case ModelAction.EventWait:
                target.Wait(step);
                break;
            case ModelAction.EventRaise:
                target.Raise(step);
                break;
            case ModelAction.EventTake:
                target.Take(step);
                break;
            case ModelAction.EventCancel:
                target.Cancel(step);
                break;
            default:
                target.End(step);
                break;
        }
    }

    private static void Do(PipeModel target, ModelStep step)
    {
        switch (step.Action)
        {
            case ModelAction.PipeOpen:
                target.Open(step);
                break;
            case ModelAction.PipeRead or ModelAction.PipeTryRead:
                target.Read(step);
                break;
            case ModelAction.PipeWrite:
                target.Write(step);
                break;
            case ModelAction.PipeCancelRead:
                target.CancelRead(step);
                break;
            case ModelAction.PipeCancelWrite:
                target.CancelWrite(step);
                break;
            case ModelAction.PipeRace:
                target.Race(step);
                break;
            case ModelAction.PipeDrain:
                target.Drain(step);
                break;
            case ModelAction.PipeEndReader:
                target.EndReader(step);
                break;
            case ModelAction.PipeEndWriter:
                target.EndWriter(step);
                break;
            default:
                target.GoOn(step);
                break;
        }
    }

    private static void Do(FileModel target, ModelStep step)
    {
        switch (step.Action)
        {
            case ModelAction.FileOpen or ModelAction.StreamOpen:
                target.Open(step);
                break;
            case ModelAction.FileClose:
                target.Close(step);
                break;
            default:
                target.Use(step);
                break;
        }
    }

    /// <summary>Everything comes to its end: what was written has come, what waits ends, the files are what they should be.</summary>
    private void End()
    {
        for (int i = 0; i < 2; i++)
        {
            ModelStep step = new(ModelAction.PipeDrain, 0, 0, 0, 0, 0, i);
            foreach (PipeModel pipe in _pipes)
            {
                pipe.Drain(step);
                pipe.EndWriter(step);
                pipe.Drain(step);
                pipe.EndReader(step);
            }

            Array.ForEach(_events, eventModel => eventModel.End(step));
            Array.ForEach(_files, file => file.Close(step));
        }
    }
}
