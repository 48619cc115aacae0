"""Edits logs: into a new directory, or in place."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tensorbolt.reading.edits import Edits
from tensorbolt.reading.exchange import new_directory, sync
from tensorbolt.reading.repair import is_open_for_writing
from tensorbolt.reading.rewrite import Rewritten, RunPlan, found_runs, write_runs
from tensorbolt.reading.verify import Progress
from tensorbolt.reading.work_directory import work_directory


def edit(
    source: Path,
    output: Path | None,
    edits_of: Callable[[RunPlan], Edits],
    *,
    drop_run: Callable[[str], bool] | None = None,
    rename_run: Callable[[str], str] | None = None,
    in_place: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Rewritten:
    """Edit the runs of a log. Without `output` and `in_place` nothing is written.

    In place, the directory is replaced by a new one in one step, and all its other files get a second name in the new
    one; a log of which one file changes gets that file replaced.

    Raises:
        FileExistsError: There is something in the place of the output.
        FileNotFoundError: There are no event files.
        OSError: A file cannot be read or written, or the directory cannot be replaced.
        ValueError: The edits do not fit the log, or it cannot be edited in place.
    """
    runs = found_runs(source)
    plans: dict[str, RunPlan] = {}
    left_out: list[str] = []
    for name, files in runs.items():
        if drop_run is not None and drop_run(name):
            left_out.append(name)
            continue
        new = name if rename_run is None else _inside(rename_run(name), name)
        if new in plans:
            raise ValueError(
                f"two runs would be named {new!r}; `tensorbolt merge` puts runs together"
            )
        plans[new] = RunPlan(new, [file.path for file in files])
    moved = bool(left_out) or [*plans] != [*runs]
    if in_place:
        result = _in_place(source, plans, edits_of, moved=moved, progress=progress)
    elif output is None:
        result = write_runs(list(plans.values()), None, edits_of, progress)[0]
    else:
        check_outside(source, output)
        with new_directory(output, overwrite) as made:
            result = write_runs(list(plans.values()), made, edits_of, progress)[0]
    result.runs += len(left_out)
    result.runs_left_out = len(left_out)
    return result


def _inside(name: str, before: str) -> str:
    new = os.path.normpath(name or ".")
    if Path(new).is_absolute() or Path(new).parts[:1] == ("..",):
        raise ValueError(
            f"the run {before!r} would become {name!r}, outside of the log directory"
        )
    return new


def check_outside(source: Path, output: Path) -> None:
    """Check that an output is not inside of what it is made of, nor around it.

    Raises:
        ValueError: It is.
    """
    real, out = source.resolve(), output.resolve()
    if out.is_relative_to(real) or real.is_relative_to(out):
        raise ValueError(
            f"output {str(output)!r} and {str(source)!r} are inside each other; pass a directory elsewhere"
        )


def _in_place(
    source: Path,
    plans: dict[str, RunPlan],
    edits_of: Callable[[RunPlan], Edits],
    *,
    moved: bool,
    progress: Progress | None,
) -> Rewritten:
    top = source.resolve()
    if moved and not top.is_dir():
        raise ValueError("runs are directories: one file has none to drop or rename")
    files = [
        path
        for files in found_runs(top).values()
        for path in (file.path for file in files)
    ]
    before = {path: _state(path, top) for path in files}
    for plan in plans.values():
        plan.sources = [
            top / path.relative_to(source) if top.is_dir() else top
            for path in plan.sources
        ]
    # Next to the log, in the same file system.
    with work_directory(top.parent) as work:
        parts = work / "parts"
        result, changed = write_runs(list(plans.values()), parts, edits_of, progress)
        for path, state in before.items():
            if _state(path, top) != state:
                raise ValueError(
                    f"{str(path)!r} was written to meanwhile; end the run first, or pass --output"
                )
            if is_open_for_writing(path.stat()):
                raise ValueError(
                    f"a program has {str(path)!r} open for writing; end the run first, or pass --output"
                )
        if not moved and len(changed) <= 1:
            for path, made in changed.items():
                made.replace(path)
                sync(path.parent)
        else:
            _replace_directory(top, parts, plans, set(files), set(changed.values()))
    return result


def _state(path: Path, top: Path) -> tuple[int, int]:
    if path.resolve() != path or path.is_symlink():
        raise ValueError(
            f"{str(path)!r} is behind a symbolic link, out of {str(top)!r}; edit what it points to, or pass --output"
        )
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def _replace_directory(
    top: Path,
    parts: Path,
    plans: dict[str, RunPlan],
    files: set[Path],
    changed: set[Path],
) -> None:
    if Path.cwd().is_relative_to(top):
        raise ValueError(
            f"the current directory is in {str(top)!r}, which is to be replaced; call it from elsewhere"
        )
    with new_directory(top, overwrite=True) as made:
        for directory, _, names in os.walk(top):
            here = Path(directory)
            inside = made / here.relative_to(top)
            inside.mkdir(exist_ok=True)
            for name in names:
                if here / name not in files:
                    os.link(here / name, inside / name, follow_symlinks=False)
            _link_directories(here, inside)
            shutil.copystat(here, inside)
        for plan in plans.values():
            (made / plan.name).mkdir(parents=True, exist_ok=True)
            for path in plan.sources:
                part = parts / plan.name / path.name
                os.link(part if part in changed else path, made / plan.name / path.name)
        _remove_empty(made, top)


def _link_directories(here: Path, inside: Path) -> None:
    """Symbolic links to directories, which a walk counts among the directories."""
    for entry in os.scandir(here):
        if entry.is_symlink() and entry.is_dir():
            (inside / entry.name).symlink_to(Path(entry.path).readlink())


def _remove_empty(made: Path, top: Path) -> None:
    """Remove directories of which nothing is left, unless they were empty before."""
    for directory, _, _ in os.walk(made, topdown=False):
        here = Path(directory)
        before = top / here.relative_to(made)
        if (
            here != made
            and not any(here.iterdir())
            and before.is_dir()
            and any(before.iterdir())
        ):
            here.rmdir()
