"""`tensorbolt tail` of a log in an object store: the ends of its objects, then what is added to them."""

import sys
from collections.abc import Iterator, Mapping

from tensorbolt import _core
from tensorbolt._store_settings import store_log
from tensorbolt._wording import counted, plain
from tensorbolt.cli import tail_ends, tail_lines
from tensorbolt.reading import position
from tensorbolt.reading.column import times
from tensorbolt.reading.follow import Choice, Curve, Point
from tensorbolt.reading.inputs import File
from tensorbolt.reading.options import EVERYTHING
from tensorbolt.reading.scalars import scalars

#: Seconds between two lists of the store, unless the user says otherwise.
INTERVAL = 5.0


class RemoteLog:
    """Curves of a log in a store, as `FollowedLog` has them of a local one.

    Args:
        address: Of the log.
        choice: The curves that are wanted.
        last: Points of each curve to begin with; `None` for all.
        storage_options: For the store's client.

    Attributes:
        curves: From tag to run to curve.
        files: Event files so far.
    """

    def __init__(
        self,
        address: str,
        choice: Choice,
        last: int | None,
        storage_options: Mapping[str, str],
    ) -> None:
        self._store = store_log(address, storage_options)
        self._choice = choice
        self._last = last
        self._core: _core.Log | None = None
        #: Where reading began, of objects that were there at the start; without a place, it is left out.
        self._starts: dict[str, int | None] = {}
        self._is_troubled = False
        self.curves: dict[str, dict[str, Curve]] = {}
        self.files = 0

    def begin(self) -> list[File]:
        """The objects whose ends are read, and where in them. Says on standard error what is left out.

        Raises:
            OSError: The store cannot be asked, or has nothing at the address.
        """
        places = self._wanted()
        if self._last is None:
            return tail_ends.whole(places)
        files, before = tail_ends.ends(places, self._last, self._choice)
        self._starts = {place.name: None for place in places}
        self._starts.update((file.name, file.start) for file in files)
        if before:
            print(
                f"left out: what is before the last bytes of {counted(len(before), 'run')}, {sum(before.values()):,} bytes in"
                " all, and curves that have no point after that; --last all reads everything",
                file=sys.stderr,
            )
        return files

    def advance(self) -> Iterator[Point]:
        """The points that have come since the last call; at first, the last ones.

        Raises:
            OSError: At the first call, the store cannot be asked. Later it is asked again at the next call.
        """
        if self._core is None:
            files = self.begin()
            self._core = EVERYTHING.core("keep", "all")
        else:
            try:
                places = self._wanted()
            except OSError as error:
                self._complain(error)
                return
            self._is_troubled = False
            started = [(place, self._starts.get(place.name, 0)) for place in places]
            files = [
                File(place.run, place.name, place, start)
                for place, start in started
                if start is not None
            ]
        self._core.set_files(position.named(files))
        if not self._core.read():
            return
        parts = self._core.scalars()
        table = scalars(parts, times(parts[6], "float"))
        self._core.forget()
        for point in tail_lines.points(table):
            if self._choice.has_tag(point.tag):
                curves = self.curves.setdefault(point.tag, {})
                curves.setdefault(point.run, Curve()).add(point.step, point.value)
                yield point

    def damaged(self) -> int:
        """Return how many files have a place at which TensorBoard stops reading."""
        if self._core is None:
            return 0
        places = self._core.damage()
        return len({place[1] for place in places if place[4] != tail_lines.TORN})

    def _wanted(self) -> list[_core.RemoteFile]:
        places = self._store.files()
        self.files = len(places)
        return [place for place in places if self._choice.has_run(place.run)]

    def _complain(self, error: OSError) -> None:
        if not self._is_troubled:
            print(f"{plain(str(error))}; it is asked again", file=sys.stderr)
        self._is_troubled = True
