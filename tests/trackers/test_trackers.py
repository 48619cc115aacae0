"""Trackers record of a program on tensorbolt what they record of it on its reference writer; each with its real package."""

from importlib import import_module
from pathlib import Path

import pytest
from tests.trackers.run_pair import SECONDS, run_both

PROGRAMS = Path(__file__).with_name("programs")
TORCH, TENSORBOARDX = "torch.utils.tensorboard", "tensorboardX"

SCALARS = {"train/loss", "train/accuracy"}
EXPECTED = {
    "wandb_sync": SCALARS | {"weights", "filter", "filters", "zeros"},
    "wandb_patch": {"digits/train/loss", "digits/weights", "digits/filter"},
    "mlflow_autolog": SCALARS | {"halves", "hparam/accuracy", "(parameters)"},
    "clearml_task": {
        "train/loss (training_stats_scalar)",
        "Histograms/weights (plot)",
        "Images/filter (training_debug_image)",
        "Audio/tone (training_debug_image)",
        "(parameters)",
    },
    "comet_experiment": SCALARS | {"halves_first", "filter", "(parameters)"},
    "swanlab_sync": SCALARS | {"halves/first", "filter", "notes"},
}
"""Some of what each has to find, or two empty records would be equal."""

DEPARTURES = {
    # D14 in docs/differences.md: a bool is a number to torch's writer, here 0.0.
    ("clearml_task", TORCH): {
        "(parameters)": [("lr", "0.5"), ("optimizer", "sgd"), ("shuffle", "False")]
    },
}
"""Where tensorbolt differs by intent, what is recorded with it."""

BOTH = [TORCH, TENSORBOARDX]
HOOKED = {
    "wandb_sync": BOTH,
    "wandb_patch": [TENSORBOARDX],
    # Neither knows tensorboardX.
    "mlflow_autolog": [TORCH],
    "comet_experiment": [TORCH],
    "clearml_task": [TORCH],
    "swanlab_sync": [TORCH],
}


@pytest.mark.timeout(2 * SECONDS)
# What trackers warn of when they are imported is theirs.
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("program", "reference"),
    [(program, name) for program, names in HOOKED.items() for name in names],
)
def test_records_are_equal(tmp_path, program, reference):
    directories = run_both(PROGRAMS / f"{program}.py", reference, tmp_path)
    tracker = program.partition("_")[0]
    reader = import_module(f"tests.trackers.read_{tracker}")
    theirs, ours = map(reader.read, directories.values())
    assert theirs.keys() >= EXPECTED[program]
    departures = DEPARTURES.get((program, reference), {})
    for key, value in departures.items():
        assert theirs[key] != value, "no longer a departure"
    assert ours == {**theirs, **departures}
