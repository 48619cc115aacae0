"""What the demo logs, when it runs as `conftest.demo_log` has it run."""

OPTIONS = ["--epochs=4", "--images-every=2", "--dropouts=0.3"]
RUNS = ["rate=0.001,dropout=0.3", "rate=0.01,dropout=0.3"]
BATCHES = list(range(4 * 43))
EPOCHS = [43, 86, 129, 172]
IMAGE_EPOCHS = [86, 172]
END = [172]

PARAMETERS = {
    "conv1.weight": 16 * 25,
    "conv1.bias": 16,
    "conv2.weight": 32 * 16 * 9,
    "conv2.bias": 32,
    "linear1.weight": 64 * 512,
    "linear1.bias": 64,
    "linear2.weight": 10 * 64,
    "linear2.bias": 10,
}
# By the part of the run's name behind the run's own, and tag.
SCALARS = {
    ("", "train/loss"): BATCHES,
    ("", "train/accuracy"): BATCHES,
    ("", "learning_rate"): BATCHES,
    ("", "validation/loss"): EPOCHS,
    ("", "validation/accuracy"): EPOCHS,
    ("", "confidence/lower"): EPOCHS,
    ("", "confidence/median"): EPOCHS,
    ("", "confidence/upper"): EPOCHS,
    ("", "final/accuracy"): END,
    ("", "final/loss"): END,
    ("/loss_train", "loss"): EPOCHS,
    ("/loss_validation", "loss"): EPOCHS,
}
HISTOGRAMS = {
    ("", f"{kind}/{name}"): EPOCHS
    for kind in ("parameters", "gradients")
    for name in PARAMETERS
}
IMAGES = {
    ("", "first_layer/kernels"): IMAGE_EPOCHS,
    ("", "predictions/misread"): IMAGE_EPOCHS,
    ("", "predictions/right"): IMAGE_EPOCHS,
    ("", "predictions/wrong"): IMAGE_EPOCHS,
    ("", "first_layer/activations"): END,
    ("", "predictions/confusion"): END,
}
SOUNDS = {("", "audio/0_to_9"): [0]}
CURVES = {("", f"is_it_a/{digit}"): IMAGE_EPOCHS for digit in range(10)}
MESHES = {("", "loss_landscape"): END}
TEXTS = {("", "configuration/text_summary"): [0]}

SUB_RUNS = sorted({part for part, _ in SCALARS} - {""})


def in_all_runs(logged):
    """Give the keys of a table above the names of whole runs."""
    return {
        (run + sub_run, tag): steps
        for run in RUNS
        for (sub_run, tag), steps in logged.items()
    }
