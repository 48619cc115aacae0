"""What each example writes: by plugin, run and tag, the number of points."""

import itertools

RATES = ["rate=0.1", "rate=0.5", "rate=2.5"]
SWEEP = [
    f"hidden={hidden},rate={rate},activation={activation}"
    for hidden, rate, activation in itertools.product(
        [8, 32], [0.0003, 0.003, 0.03], ["relu", "tanh"]
    )
]
LAYERS = [f"{layer}.{part}" for layer in ("first", "second", "last") for part in ("weight", "bias")]  # fmt: skip
JAX_LAYERS = [f"{layer}/{part}" for layer in ("hidden", "output") for part in ("kernel", "bias")]  # fmt: skip

INSIGHT_RUNS = ["digits", "resnet", "transformer"]
TOTALS = [f"model/{what}" for what in ("parameters", "trainable_parameters", "parameter_bytes", "multiply_adds", "activation_bytes", "input_bytes")]  # fmt: skip


def all_of(tags, points):
    return dict.fromkeys(tags, points)


WROTE = {
    "audio": {
        "audio": {
            ".": {"strings/scale": 1, "strings/chord": 4, "tone/left to right": 1}
        }
    },
    "boxes": {"images": {".": {"sheet": 3}}},
    "custom_scalars": {
        "custom_scalars": {".": {"custom_scalars__config__": 3}},
        "scalars": {
            ".": all_of(
                [
                    f"{name}/{seed}"
                    for name in ("accuracy", "loss")
                    for seed in range(5)
                ],
                20,
            )
            | all_of([f"accuracy/{name}" for name in ("worst", "median", "best")], 20)
        },
    },
    # Of 1000 steps; the damage lies in the middle.
    "damaged": {"scalars": {"damaged": {"wave": 500}, "saved": {"wave": 996}}},
    "embeddings": {},
    "experiments": {
        # Behind the time and the name of the host.
        "scalars": {
            f"_lr={rate}_batch=all": {"accuracy": 20} for rate in (0.001, 0.01, 0.1)
        }
    },
    "export_json": {
        "scalars": {f"accuracy_{name}": {"accuracy": 20} for name in ("train", "test")}
    },
    "figures": {"images": {".": {"confusion": 1, "roc": 1}}},
    "file_writers": {
        "scalars": {"messages": {"root": 51}, "of a writer": {"root": 50}}
    },
    "from_jax": {
        "scalars": {".": {"train/loss": 100}},
        "histograms": {
            ".": all_of(
                [
                    f"{kind}/{name}"
                    for kind in ("weights", "gradients")
                    for name in JAX_LAYERS
                ],
                10,
            )
        },
    },
    "from_numpy": {
        "scalars": {".": all_of(["heat/brightest", "heat/spread", "heat/change"], 200)},
        "images": {".": {"heat/picture": 8}},
        "histograms": {".": {"heat/values": 8}},
    },
    "from_sklearn": {
        "scalars": {".": all_of(["accuracy/train", "accuracy/test", "train/loss"], 30)},
        "text": {".": {"report/text_summary": 1}},
        "images": {".": {"what it looks at": 1, "misread": 1}},
        "pr_curves": {".": {"digit/0": 1, "digit/8": 1}},
    },
    "graph": {
        "graphs": {
            **{
                run: {"__run_graph__": 1}
                for run in ("resnet", "two inputs", "by name", "dict out", "no input")
            },
            # One for each model; the last has both.
            "two models": {"__run_graph__": 2},
        },
        "text": {"wrong input": {"no graph/text_summary": 1}},
    },
    "graph_files": {
        "graphs": {run: {"__run_graph__": 1} for run in ("onnx", "openvino")}
    },
    "histograms": {
        "histograms": {
            ".": all_of(
                [
                    "weights/first_layer",
                    "biases/hidden",
                    "biases/output",
                    "confidence/of each picture",
                    "confidence/counted before",
                ],
                24,
            )
        }
    },
    "hparams": {
        "hparams": {
            run: all_of(
                [
                    f"_hparams_/{part}"
                    for part in ("experiment", "session_start_info", "session_end_info")
                ],
                1,
            )
            for run in SWEEP
        },
        "scalars": {
            run: {
                "result/accuracy": 1,
                "result/loss": 1,
                "result/seconds": 1,
                "train/loss": 30,
            }
            for run in SWEEP
        },
    },
    "images": {
        "images": {
            ".": {
                "photo/flower": 1,
                "photo/grey": 1,
                "photo/contrast": 10,
                "digits/grid": 1,
                "digits/means of 0 to 7": 1,
            }
        }
    },
    "insight": {
        "text": {run: {"model/text_summary": 1} for run in INSIGHT_RUNS},
        "scalars": {run: all_of(TOTALS, 1) for run in INSIGHT_RUNS}
        | {
            "digits": all_of(TOTALS, 1)
            | all_of(["loss", "gradient_norms/total"], 132)
            | all_of(
                [
                    f"gradient_norms/{layer}.{part}"
                    for layer in ("conv1", "conv2", "linear")
                    for part in ("weight", "bias")
                ],
                132,
            )
            | {"learning_rate": 6}
            | all_of(
                [
                    f"activations/{what}/{layer}"
                    for what in ("mean", "std", "zeros", "dead")
                    for layer in ("00_relu1", "01_relu2")
                ],
                6,
            )
            | {"roc_curve/auc": 1}
            | all_of([f"roc_curve/auc/{digit}" for digit in range(10)], 1)
        },
        "images": {
            "digits": all_of(
                [
                    "kernels/00_conv1",
                    "kernels/01_conv2",
                    "feature_maps/00_conv1",
                    "feature_maps/01_conv2",
                    "gradcam",
                    "predictions",
                    "confusion_matrix",
                    "roc_curve",
                ],
                1,
            ),
            "transformer": {"gradcam/gradcam": 1, "gradcam/eigencam": 1},
            "resnet": {
                "gradcam/gradcam": 1,
                "gradcam/eigencam": 1,
                "kernels/00_conv1": 1,
                "feature_maps/00_conv1": 1,
                "feature_maps/01_layer2": 1,
            },
        },
    },
    "log": {
        "scalars": {
            ".": all_of(
                [
                    f"test/digit/{digit}/{score}"
                    for digit in (1, 5, 8)
                    for score in ("precision", "recall", "f1")
                ],
                30,
            )
            | all_of(["test/accuracy", "train/loss", "history/loss"], 30)
        }
    },
    "mesh": {
        "mesh": {
            ".": all_of(
                [f"photo as relief_{part}" for part in ("VERTEX", "FACE", "COLOR")], 1
            )
            | all_of([f"digits_{part}" for part in ("VERTEX", "COLOR")], 1)
        }
    },
    "observers": {
        "scalars": {".": {"loss": 51, "accuracy": 51}},
        "text": {".": {"verdict/text_summary": 1}},
    },
    "pr_curves": {
        "pr_curves": {
            ".": {"digit/1": 4, "digit/3": 4, "digit/8": 4, "digit/8, from counts": 1}
        }
    },
    "processes": {
        "scalars": {".": {"accuracy": 20}},
        "images": {".": {"weights": 20}},
    },
    "ranks": {
        "scalars": {
            ".": all_of(
                [
                    f"{part}{tag}"
                    for tag in ("loss", "samples")
                    for part in (
                        "",
                        "ranks/min/",
                        "ranks/max/",
                        "ranks/std/",
                        "ranks/p50/",
                        "ranks/max_rank/",
                    )
                ],
                30,
            )
        },
    },
    "reliability": {
        "scalars": {".": {"wave": 10_001}},
        "images": {".": {"noise": 1}},
    },
    # 100 steps; without a purge those from 40 to 54 twice.
    "resume": {
        "scalars": {"with purge": {"accuracy": 100}, "without purge": {"accuracy": 115}}
    },
    "scalars": {
        "scalars": {
            run: all_of(["train/loss", "train/accuracy", "test/accuracy"], 100)
            for run in RATES
        }
        | {
            f"{run}/loss_{name}": {"loss": 100}
            for run in RATES
            for name in ("train", "test")
        }
    },
    "steps_and_times": {
        "scalars": {
            "by hand": {"celsius": 24},
            "by block": {"celsius": 24, "fahrenheit": 24},
            "counted": {"celsius": 24, "fahrenheit": 24, "seconds/library": 24},
        },
        "text": {run: {"comment/text_summary": 24} for run in ("by block", "counted")},
    },
    "switching": {"scalars": {"torch": {"loss": 100}, "tensorboardX": {"loss": 100}}},
    "tensors": {
        "tensor": {".": {"names": 1, "confusion": 3}},
        "scalars": {".": {"accuracy": 3}},
    },
    "text": {
        "text": {
            ".": all_of(["settings/text_summary", "notes/text_summary"], 1)
            | all_of(["report/text_summary", "wrong/text_summary"], 5)
        }
    },
    "unchanged": {
        "scalars": {".": {"loss": 50}},
        "images": {".": {"digits": 1}},
        "graphs": {".": {"__run_graph__": 1}},
    },
    "video": {"images": {".": {"weights/all": 1, "weights/batch": 1}}},
    "watch": {
        "scalars": {".": {"loss": 100}},
        "histograms": {
            ".": all_of(
                [
                    f"{kind}/{name}"
                    for kind in ("parameters", "gradients")
                    for name in LAYERS
                ],
                20,
            )
        },
    },
}
