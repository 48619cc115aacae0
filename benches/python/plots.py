"""The plots of a run: how many times as fast each row is, how costs grow, what training loses."""

from pathlib import Path
from typing import Any

from benches.python.contenders import NUMPY, OURS, OURS_ALONE, REFERENCE_WRITERS, SILENT
from benches.python.results import Results, best
from benches.python.slopes import slopes
from benches.python.verdict import times_faster

COLOURS = {
    OURS.name: "#d95f02",
    OURS_ALONE.name: "#f0a868",
    REFERENCE_WRITERS[0].name: "#7570b3",
    REFERENCE_WRITERS[1].name: "#1b9e77",
    NUMPY.name: "#888888",
    SILENT.name: "#bbbbbb",
}
SHARE_OF_HEIGHT = 0.24
"""Inches for a bar."""


def draw(results: Results, directory: Path) -> list[Path]:
    """Draw all plots as SVG, and return their paths. What the run left out has none."""
    import matplotlib as mpl

    mpl.use("Agg")
    directory.mkdir(parents=True, exist_ok=True)
    plots = {}
    if results["rows"]:
        plots["ratios"] = _ratios(results["rows"])
    for name, curve in results["curves"].items():
        plots[f"growth-{name}"] = _growth(curve)
    if results["training"]:
        plots["training"] = _training(results["training"])
    # The same numbers make the same file; text stays text, and small.
    with mpl.rc_context({"svg.hashsalt": "tensorbolt", "svg.fonttype": "none"}):
        for name, figure in plots.items():
            figure.savefig(directory / f"{name}.svg", metadata={"Date": None})
    return [directory / f"{name}.svg" for name in plots]


def _ratios(rows: dict[str, Any]) -> Any:
    bars: list[tuple[str, float, float | None]] = []
    for name, entry in rows.items():
        row = entry["contenders"]
        if OURS.name in row and (caller := times_faster(row, OURS.name, "caller")):
            bars.append((name, caller, times_faster(row, OURS.name, "total")))
    figure = _figure(8, 1.2 + SHARE_OF_HEIGHT * len(bars))
    axes = figure.add_subplot()
    places = range(len(bars))
    axes.barh(
        [p - 0.2 for p in places], [b[1] for b in bars], 0.4, label="caller's time"
    )
    totals = [(p + 0.2, b[2]) for p, b in enumerate(bars) if b[2] is not None]
    axes.barh(
        *zip(*totals, strict=True), 0.4, label="until close() has returned"
    ) if totals else None
    axes.set_yticks(list(places), [name for name, *_ in bars])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xlabel("times as fast as the faster of torch and tensorboardX")
    axes.grid(axis="x", alpha=0.3)
    axes.legend()
    return figure


def _growth(curve: dict[str, Any]) -> Any:
    figure = _figure(8, 4.5)
    axes = figure.add_subplot()
    for name, which, line in slopes(curve):
        if which == "total" and name == NUMPY.name:
            continue
        axes.loglog(
            line.places,
            line.seconds,
            marker="o" if which == "caller" else None,
            linestyle="-" if which == "caller" else ":",
            color=COLOURS.get(name),
            label=f"{name}: {line.slope:.2f}" if which == "caller" else None,
        )
    axes.set_xlabel(curve["unit"])
    axes.set_ylabel("seconds a call")
    axes.set_title(curve["what"].replace("`", ""))
    axes.grid(alpha=0.3)
    axes.legend(title="caller's time and its slope\n(dotted: until close())")
    return figure


def _training(rows: dict[str, Any]) -> Any:
    names = [SILENT.name, OURS.name, *(one.name for one in REFERENCE_WRITERS)]
    figure = _figure(8, 4)
    axes = figure.add_subplot()
    width = 0.8 / len(names)
    for index, name in enumerate(names):
        shares = []
        for entry in rows.values():
            row = entry["contenders"]
            taken, without = (best(row[one], "total") for one in (name, SILENT.name))
            shares.append((taken or 0) / without if without else 0)
        places = [place + index * width for place in range(len(rows))]
        axes.bar(places, shares, width, label=name, color=COLOURS[name])
    middles = [place + width * (len(names) - 1) / 2 for place in range(len(rows))]
    axes.set_xticks(middles, [name.removeprefix("training/") for name in rows])
    axes.set_ylabel("time of an epoch, without logging = 1")
    axes.grid(axis="y", alpha=0.3)
    axes.legend()
    return figure


def _figure(width: float, height: float) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")
