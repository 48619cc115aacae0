"""How the cost of a call grows: with the size of an array, the tags of a step, writers, threads, sides of an image."""

import threading
from typing import Any

from benches.python import check, scalars
from benches.python.contenders import all_of
from benches.python.histograms import histogram
from benches.python.images import square
from benches.python.scalars import floats
from benches.python.scenario import Curve, Scenario


def curves(full: bool) -> list[Curve]:
    """Return the curves, in the order of the report; the short ones end where a minute would be up."""
    return [_sizes(full), _tags(full), _writers(full), _threads(), _sides(full)]


def _sizes(full: bool) -> Curve:
    places = [10**power for power in range(3, 9 if full else 8)]
    points = {size: histogram(f"curve/size/{size}", size) for size in places}
    what = "`add_histogram` of a float32 array"
    return Curve("size", what, "values in the array", points)


def _tags(full: bool) -> Curve:
    most, most_of_references = (6, 5) if full else (5, 4)
    points = {
        10**power: scalars.mapping(
            10**power,
            max(1, 1000 // 10**power),
            f"curve/tags/{10**power}",
            # The reference writers need 20 µs and more a tag.
            references=power <= most_of_references,
        )
        for power in range(most + 1)
    }
    what = (
        "`log` of many tags in one step; the reference writers loop over `add_scalar`"
    )
    return Curve("tags", what, "tags in the step", points)


def _writers(full: bool) -> Curve:
    def fleet(count: int) -> Scenario:
        def verify(points: check.Points, values: Any, steps: int) -> None:
            found = points["loss/train"]
            check.same("number of points", len(found), steps * count)

        return Scenario(
            f"curve/writers/{count}",
            f"`add_scalar` to each of {count} open writers",
            20,
            floats,
            all_of(scalars.add_scalar),
            verify,
            writers=count,
        )

    places = (1, 10, 100, 1000) if full else (1, 10, 100)
    points = {count: fleet(count) for count in places}
    what = "`add_scalar` to each of many open writers"
    return Curve("writers", what, "open writers", points)


def _threads() -> Curve:
    def crew(count: int) -> Scenario:
        def act(writer: Any, values: Any, steps: Any) -> None:
            share = len(steps) // count

            def log(first: int) -> None:
                for step in range(first, first + share):
                    writer.add_scalar("loss/train", values[step], step)

            crew = [
                threading.Thread(target=log, args=(share * index,))
                for index in range(count)
            ]
            for thread in crew:
                thread.start()
            for thread in crew:
                thread.join()

        def verify(points: check.Points, values: Any, steps: int) -> None:
            found = len(points["loss/train"])
            check.same("number of points", found, steps // count * count)

        what = f"`add_scalar` from {count} Python threads at once"
        return Scenario(
            f"curve/threads/{count}", what, 8000, floats, all_of(act), verify
        )

    points = {count: crew(count) for count in (1, 2, 4, 8)}
    what = "`add_scalar` from many Python threads at once, per call of all of them"
    return Curve("threads", what, "Python threads", points)


def _sides(full: bool) -> Curve:
    sides = [2**power for power in range(5, 13 if full else 12)]
    points = {
        side: square(f"curve/side/{side}", side, max(1, min(20, 256 // side)))
        for side in sides
    }
    what = "`add_image` of a square image of bytes"
    return Curve("side", what, "pixels of a side", points)
