"""Screenshots of numbers, of their spread, and of runs."""

from tools.gallery import curves, models
from tools.gallery.screenshot import Screenshot

SCREENSHOTS = [
    Screenshot(
        "time-series",
        "Curves of several runs",
        "scalars",
        "Time Series",
        "Three learning rates as three runs. Accuracy and loss have one chart each, and every run has a colour.",
        curves.time_series(
            "^(train|test)/", scalars=3, runs=r"rate=[\d.]+$", without="loss_test"
        ),
        height=1060,
    ),
    Screenshot(
        "grouped-scalars",
        "Several curves in one chart",
        "scalars",
        "Scalars",
        "The older dashboard: `add_scalars` draws training loss and test loss into one chart, for each of three runs.",
        curves.scalars(charts=2),
    ),
    Screenshot(
        "experiments",
        "A log directory per experiment",
        "experiments",
        "Time Series",
        "Directories named after time, host and comment. A regular expression selects two of the three runs.",
        curves.time_series(
            "accuracy", scalars=1, runs=r"lr=0\.0?1_", without="lr=0.001"
        ),
    ),
    Screenshot(
        "groups",
        "The mean of several runs",
        "hparams",
        "Time Series",
        "`tensorbolt view runs --group '(rate=[\\d.]+)'` adds mean, minimum and maximum of the four runs of each learning rate. Nothing "
        "is written.",
        curves.time_series("train/loss", scalars=1, runs="^rate=", without="hidden="),
        load_fast="tensorbolt",
        group=r"(rate=[\d.]+)",
    ),
    Screenshot(
        "log",
        "All numbers of a step in one call",
        "log",
        "Time Series",
        "`log` takes a nested mapping: precision and recall of two digits have one chart each.",
        curves.time_series("digit/(1|8)/(precision|recall)", scalars=4),
        height=1300,
    ),
    Screenshot(
        "histograms",
        "Histograms",
        "histograms",
        "Histograms",
        "Weights, biases and confidence of a network during training, with a slice for each epoch and the latest in front.",
        models.histograms(5, "weights"),
        height=1100,
    ),
    Screenshot(
        "watch-histograms",
        "Weights and gradients of a model",
        "watch",
        "Histograms",
        "`watch` logs every parameter and gradient of a PyTorch model in one call. This image shows the gradients.",
        models.histograms(12),
        height=1000,
    ),
    Screenshot(
        "watch-distributions",
        "Distributions",
        "watch",
        "Distributions",
        "The same histograms from above: bands of percentiles over the steps.",
        models.distributions(12),
        height=1000,
    ),
]
