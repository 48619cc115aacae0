"""Train small networks to read digits, and log everything worth seeing.

The data are the 1,797 real images of scikit-learn's `load_digits`, 8 by 8 pixels
each; nothing is downloaded. Every setting becomes a run of its own, so that
TensorBoard shows them side by side. No GPU is needed, and less than a minute.
"""

import argparse
import itertools
import time
from pathlib import Path

import torch

from tensorbolt import SummaryWriter

from .cost import Cost, Timed, print_summary
from .logs import log_beginning, log_end
from .model import build_model, load_data
from .training import train

# --- the program


class HelpFormatter(
    argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter
):
    """Keeps paragraphs, and shows the defaults."""


def parse_arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.digits",
        formatter_class=HelpFormatter,
        description=__doc__,
        epilog="""\
what to look at in TensorBoard:
  Time Series    all of the below in one place; pin cards to compare them
  Scalars        loss and accuracy of each batch, those of the validation images
                 after each epoch, the learning rate; "loss" has two curves per run
  Custom Scalars training and validation in one chart; confidence as a band
  Images         digits read right in doubt and wrong with confidence; a grid with
                 the misread ones marked; the kernels of the first layer, and a video
                 of what they see; which digits are confused
  Audio          the digits from 0 to 9, played from left to right
  Graphs         the network, layer by layer
  Histograms     every weight and gradient, epoch behind epoch
  Distributions  the same from above, as bands
  Text           the configuration of each run
  PR Curves      how well each digit is distinguished from all others
  Projector      what the last hidden layer makes of the images, in 3 dimensions
  HParams        which settings lead to which accuracy
  Mesh           the loss around the weights that were found

examples:
  %(prog)s --learning-rates 0.0003 0.003 0.03 --epochs 30
  %(prog)s --dropouts 0 0.25 0.5 --learning-rates 0.003
""",
    )
    option = parser.add_argument
    option(
        "--logdir",
        type=Path,
        default=Path("runs/digits"),
        help="where logs go; each start makes a new directory in it, named by the time",
    )
    option(
        "--learning-rates",
        type=positive_float,
        nargs="+",
        metavar="RATE",
        default=[0.001, 0.01],
        help="one run for each, with Adam; they fall to 0 along half a cosine",
    )
    option(
        "--dropouts",
        type=share,
        nargs="+",
        metavar="SHARE",
        default=[0.0, 0.3],
        help="share of features that training leaves out, against learning by heart; "
        "one run for each, with each learning rate",
    )
    option("--epochs", type=positive_int, default=12, help="passes over the images")
    option("--batch-size", type=positive_int, default=32, help="images per step")
    option(
        "--images-every",
        type=positive_int,
        default=3,
        metavar="EPOCHS",
        help="how often to log images; TensorBoard shows 10 steps of each",
    )
    option("--seed", type=int, default=0, help="of the split, weights, and shuffling")
    return parser.parse_args()


def positive_int(text: str) -> int:
    """Return an option's number."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def positive_float(text: str) -> float:
    """Return an option's number."""
    if not 0 < (number := float(text)) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def share(text: str) -> float:
    """Return an option's number."""
    if not 0 <= (number := float(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return number


def new_directory(parent: Path) -> Path:
    """Make a directory named by the time: logs of different starts must not mix."""
    name = time.strftime("%Y-%m-%d_%H-%M-%S")
    for number in itertools.count(1):
        directory = parent / (name if number == 1 else f"{name}_{number}")
        try:
            directory.mkdir(parents=True)
        except FileExistsError:
            if not directory.is_dir():
                raise
        else:
            return directory
    raise AssertionError("unreachable")


def run(
    directory: Path, rate: float, dropout: float, options: argparse.Namespace
) -> Cost:
    """Train and log one model from start to end."""
    torch.manual_seed(options.seed)
    data = load_data(options.seed)
    model = build_model(dropout)
    settings = {"learning_rate": rate, "dropout": dropout} | {
        name: getattr(options, name) for name in ("epochs", "batch_size", "seed")
    }

    with SummaryWriter(directory) as writer:
        log_beginning(writer, model, data.validation, settings)
        timed = Timed(writer)
        begin = time.perf_counter()
        verdict, steps = train(timed, model, data, rate, options)
        loop = time.perf_counter() - begin
        log_end(writer, model, data.validation, verdict, settings, steps)
    return Cost(loop, timed.nanoseconds, timed.calls, writer.stats())


def main() -> None:
    """Train one model for each setting."""
    options = parse_arguments()
    # The network is too small for several threads to be of use.
    torch.set_num_threads(1)
    directory = new_directory(options.logdir)
    # Each setting once: two runs in one directory would mix.
    runs = {
        f"rate={rate:g},dropout={dropout:g}": (rate, dropout)
        for rate, dropout in itertools.product(options.learning_rates, options.dropouts)
    }
    costs = [
        run(directory / name, rate, dropout, options)
        for name, (rate, dropout) in runs.items()
    ]
    print_summary(directory, costs)


if __name__ == "__main__":
    main()
