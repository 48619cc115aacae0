"""Both of TensorBoard's readers and ours show the whole log of the demo, without complaint."""

import io
import math
import re
import runpy
import shutil

import pytest
from PIL import Image
from tests.python.support.demo import (
    BATCHES,
    CURVES,
    EPOCHS,
    HISTOGRAMS,
    IMAGE_EPOCHS,
    IMAGES,
    PARAMETERS,
    RUNS,
    SCALARS,
    SOUNDS,
    TEXTS,
    in_all_runs,
)

pytestmark = pytest.mark.timeout(600)

LOGGED = {
    ("scalars", "scalars"): SCALARS,
    ("histograms", "histograms"): HISTOGRAMS,
    ("distributions", "distributions"): HISTOGRAMS,
    ("images", "images"): IMAGES,
    ("audio", "audio"): SOUNDS,
    ("text", "text"): TEXTS,
}
PROVIDERS = {
    "true": "GrpcDataProvider",
    "false": "MultiplexerDataProvider",
    "tensorbolt": "GrpcDataProvider",
}
NAMES = ["fast", "slow", "ours"]

every = pytest.mark.parametrize("load_fast", PROVIDERS, ids=NAMES)


@pytest.fixture(scope="module", params=PROVIDERS, ids=NAMES)
def board(request, serve, demo_log):
    """TensorBoard, once it has loaded all; if it never does, a test says what lacks."""
    board = serve(demo_log, request.param)
    assert board.provider() == PROVIDERS[request.param]
    for place, logged in LOGGED.items():
        expected = in_all_runs(logged)
        board.wait_until(lambda: board.steps(*place) == expected)  # noqa: B023
    return board


@pytest.mark.parametrize("place", LOGGED, ids=lambda place: place[0])
def test_every_run_tag_and_step_is_shown(board, place):
    assert board.steps(*place) == in_all_runs(LOGGED[place])


def test_runs_are_those_of_rates_and_grouped_scalars(board):
    expected = [run + sub_run for run in RUNS for sub_run in {s for s, _ in SCALARS}]
    assert sorted(board.json("runs")) == sorted(expected)


def test_time_series_lists_every_tag(board):
    tags = board.json("plugin/timeseries/tags")
    for kind, logged in ("scalars", SCALARS), ("histograms", HISTOGRAMS):
        listed = {
            (run, tag)
            for run, names in tags[kind]["runTagInfo"].items()
            for tag in names
        }
        assert listed == set(in_all_runs(logged))
    listed = {
        (run, tag)
        for tag, runs in tags["images"]["tagRunSampledInfo"].items()
        for run in runs
    }
    assert listed == set(in_all_runs(IMAGES))


def rate_of(run):
    return float(run.partition(",")[0].partition("=")[2])


def test_scalars_are_numbers_that_a_training_has(board):
    for run in RUNS:
        values = {
            tag: [
                value
                for _, _, value in board.json(
                    "plugin/scalars/scalars", run=run, tag=tag
                )
            ]
            for sub_run, tag in SCALARS
            if not sub_run
        }
        assert all(math.isfinite(value) for row in values.values() for value in row)
        assert values["learning_rate"][0] == pytest.approx(rate_of(run))
        assert values["validation/loss"][-1] < values["train/loss"][0] / 2
        assert 0.8 < values["validation/accuracy"][-1] <= 1


def test_grouped_scalars_agree_with_the_single_ones(board):
    for run in RUNS:
        path = "plugin/scalars/scalars"
        single = board.json(path, run=run, tag="validation/loss")
        grouped = board.json(path, run=f"{run}/loss_validation", tag="loss")
        assert [point[1:] for point in single] == [point[1:] for point in grouped]


@pytest.mark.parametrize("kind", ["parameters", "gradients"])
def test_histograms_count_every_element(board, kind):
    for name, count in PARAMETERS.items():
        path = "plugin/histograms/histograms"
        for _, _, buckets in board.json(path, run=RUNS[0], tag=f"{kind}/{name}"):
            assert sum(bucket[2] for bucket in buckets) == count


def test_distributions_rise(board):
    for _, tag in HISTOGRAMS:
        path = "plugin/distributions/distributions"
        for _, _, points in board.json(path, run=RUNS[1], tag=tag):
            values = [value for _, value in points]
            assert values == sorted(values)


def test_images_are_whole_and_not_blank(board):
    sizes = {}
    for _, tag in IMAGES:
        images = board.json("plugin/images/images", run=RUNS[1], tag=tag, sample=0)
        (query,) = [image["query"] for image in images if image["step"] == EPOCHS[-1]]
        data = board.bytes(f"plugin/images/individualImage?{query}&")
        image = Image.open(io.BytesIO(data))
        image.load()
        assert len(image.convert("L").getcolors()) > 1
        sizes[tag] = image.size
    assert sizes["first_layer/kernels"] == (8 * 48, 2 * 48)
    assert sizes["predictions/misread"] == (12 * 48 * 2, 8 * 54 * 2)
    assert sizes["predictions/confusion"] == (350, 350)
    assert sizes["first_layer/activations"] == (4 * 96, 4 * 96)


def test_text_is_a_table_of_the_configuration(board):
    (text,) = board.json("plugin/text/text", run=RUNS[0], tag=next(iter(TEXTS))[1])
    cells = re.findall("<td>([^<>]+)</td>", text["text"])
    assert dict(zip(cells[::2], cells[1::2], strict=True)) == {
        "learning_rate": "0.001",
        "epochs": "4",
        "batch_size": "32",
        "dropout": "0.3",
        "seed": "0",
    }


def test_nothing_is_complained_about(board):
    assert board.complaints() == []


@every
def test_damage_would_be_seen(serve, demo_log, tmp_path, load_fast):
    """The tests above are worth something: a bad checksum makes them fail."""
    logdir = tmp_path / f"damaged-{load_fast}"
    shutil.copytree(demo_log, logdir)
    for run in RUNS:
        (path,) = (logdir / run).glob("*tfevents*")
        data = bytearray(path.read_bytes())
        data[-5] ^= 1  # the last byte before the last checksum: of the figure
        path.write_bytes(data)

    board = serve(logdir, load_fast)
    place, logged = ("histograms", "histograms"), in_all_runs(HISTOGRAMS)
    if load_fast == "true":
        board.wait_until(board.complaints)
        assert board.complaints()
    elif load_fast == "false":  # It says nothing, and reads no further.
        board.wait_until(lambda: board.steps(*place) == logged)
        assert board.steps("images", "images") != in_all_runs(IMAGES)
    else:  # Just what is damaged is left out.
        figure = ("", "predictions/confusion")
        rest = {key: steps for key, steps in IMAGES.items() if key != figure}
        board.wait_until(lambda: board.steps(*place) == logged)
        assert board.steps("images", "images") == in_all_runs(rest)


def test_demo_tells_what_it_wrote_and_how_to_look_at_it(demo_log):
    summary = (demo_log.parent / "summary.txt").read_text()
    batch, epoch = 1 + 1, 2 + 2 + 2 * len(PARAMETERS)
    image_epoch = 4 + len(CURVES)
    beginning = len(["text", "graph", "run metadata", "charts", "audio"])
    end = len(["film", "mesh", "figure"]) + len(["start", "end", "loss", "accuracy"])
    per_run = (
        len(BATCHES) * batch
        + len(EPOCHS) * epoch
        + len(IMAGE_EPOCHS) * image_epoch
        + beginning
        + end
    )
    written = re.search(r"Wrote ([\d,]+) events, [\d.]+ MB, to (.+)", summary)
    assert written is not None
    assert written.groups() == (f"{len(RUNS) * per_run:,}", str(demo_log))
    assert re.search(r"[\d.]+ ms in all, [\d.]+% of their time", summary)
    assert summary.rstrip().endswith(f"tensorboard --logdir {demo_log}")
    assert "Lost" not in summary


def test_every_start_of_the_demo_has_a_directory_of_its_own(tmp_path):
    new_directory = runpy.run_module("examples.digits")["new_directory"]
    directories = [new_directory(tmp_path / "runs") for _ in range(3)]
    assert len(set(directories)) == len(directories)
    assert all(list(directory.iterdir()) == [] for directory in directories)
