"""Signatures are the union of both reference writers'."""

import inspect

import pytest
import tensorboardX
from torch.utils import tensorboard as torch_tensorboard

import tensorbolt

GS, WT = "global_step=None", "walltime=None"
EXPECTED = {
    "__init__": [
        "log_dir=None", "comment=''", "purge_step=None", "max_queue=10", "flush_secs=120", "filename_suffix=''",
        "write_to_disk=True", "logdir=None", "comet_config=None", "*", "on_error='warn'", "max_buffer=268435456",
        "on_full='block'", "stall_timeout=10.0", "fsync=False", "image_compression='fast'", "auto_step=False",
        "hparams_run=None",
        "storage_options=None",
        f"max_spool={8 * 2**30}",
        "ranks=None", "rank=None", "world_size=None", "lazy=False",
        "resume=None", "device_values=None",
    ],
    "add_scalar": [
        "tag", "scalar_value", GS, WT, "new_style=False", "double_precision=False", "display_name=''",
        "summary_description=''",
    ],
    "add_scalars": ["main_tag", "tag_scalar_dict", GS, WT],
    "export_scalars_to_json": ["path"],
    "add_histogram": ["tag", "values", GS, "bins='tensorflow'", WT, "max_bins=None"],
    "add_histogram_raw": [
        "tag", "min", "max", "num", "sum", "sum_squares", "bucket_limits", "bucket_counts", GS, WT,
    ],
    "add_image": ["tag", "img_tensor", GS, WT, "dataformats='CHW'"],
    "add_images": ["tag", "img_tensor", GS, WT, "dataformats='NCHW'"],
    "add_image_with_boxes": [
        "tag", "img_tensor", "box_tensor", GS, WT, "rescale=1", "dataformats='CHW'", "labels=None",
    ],
    "add_figure": ["tag", "figure", GS, "close=True", WT],
    "add_video": ["tag", "vid_tensor", GS, "fps=4", WT, "dataformats='NTCHW'"],
    "add_audio": ["tag", "snd_tensor", GS, "sample_rate=44100", WT],
    "add_text": ["tag", "text_string", GS, WT],
    "add_custom_scalars": ["layout"],
    "add_custom_scalars_multilinechart": ["tags", "category='default'", "title='untitled'"],
    "add_custom_scalars_marginchart": ["tags", "category='default'", "title='untitled'"],
    "add_hparams": [
        "hparam_dict", "metric_dict", "hparam_domain_discrete=None", "run_name=None", GS, "*", "name=None",
    ],
    "use_metadata": ["*", GS, WT],
    "add_pr_curve": [
        "tag", "labels", "predictions", GS, "num_thresholds=127", "weights=None", WT,
    ],
    "add_pr_curve_raw": [
        "tag", "true_positive_counts", "false_positive_counts", "true_negative_counts", "false_negative_counts",
        "precision", "recall", GS, "num_thresholds=127", "weights=None", WT,
    ],
    "add_mesh": [
        "tag", "vertices", "colors=None", "faces=None", "config_dict=None", GS, WT,
    ],
    "add_tensor": ["tag", "tensor", GS, WT],
    "add_embedding": [
        "mat", "metadata=None", "label_img=None", GS, "tag='default'", "metadata_header=None", "*", "binary=False",
    ],
    "add_graph": ["model", "input_to_model=None", "verbose=False", "use_strict_trace=True", "*", "tag=None"],
    "add_onnx_graph": ["prototxt=None", "*", "onnx_model_file=None", "tag=None"],
    "add_openvino_graph": ["xmlname", "*", "tag=None"],
    "flush": ["*", "remote=False"],
    "close": [],
    "get_logdir": [],
    "log": ["values", "step=None", WT, "prefix=''"],
    "add_scalar_series": ["tag", "values", "steps", "walltimes=None"],
    "add_histograms": ["arrays", "step=None", WT, "prefix=''"],
    "watch": ["model", "parameters=True", "gradients=True", "prefix=''"],
    "timed": ["section", GS],
    "stats": [],
}  # fmt: skip
SO_FAR = [name for name in EXPECTED if name.startswith("add_")]


def plain(function):
    """Parameters without self and annotations."""
    found, only_named = [], False
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if parameter.kind is parameter.KEYWORD_ONLY and not only_named:
            found.append("*")
            only_named = True
        found.append(str(parameter.replace(annotation=parameter.empty)))
    return found


@pytest.mark.parametrize("name", EXPECTED)
def test_the_table_of_the_specification(name):
    assert plain(getattr(tensorbolt.SummaryWriter, name)) == EXPECTED[name]


@pytest.mark.parametrize(
    "theirs", [torch_tensorboard.SummaryWriter, tensorboardX.SummaryWriter]
)
@pytest.mark.parametrize("name", SO_FAR)
def test_every_name_of_a_reference_writers_argument_is_taken(name, theirs):
    if hasattr(theirs, name):
        ours = {text.split("=")[0] for text in EXPECTED[name]}
        parameters = list(inspect.signature(getattr(theirs, name)).parameters.values())[
            1:
        ]
        assert {p.name for p in parameters if p.kind is not p.VAR_KEYWORD} <= ours


@pytest.mark.parametrize(
    "theirs", [torch_tensorboard.FileWriter, tensorboardX.FileWriter]
)
def test_file_writer(theirs):
    ours = list(inspect.signature(tensorbolt.FileWriter).parameters)
    assert set(inspect.signature(theirs).parameters) <= set(ours)
    assert ours[:4] == ["log_dir", "max_queue", "flush_secs", "filename_suffix"]


@pytest.mark.parametrize("keywords", [{"no_such": 1}, {"on_errors": "raise"}])
def test_unknown_keywords_name_themselves(tmp_path, keywords):
    """Difference D40: tensorboardX fails late, or never."""
    for write_to_disk in (True, False):
        with pytest.raises(TypeError, match=next(iter(keywords))):
            tensorbolt.SummaryWriter(
                tmp_path / "run", write_to_disk=write_to_disk, **keywords
            )
    assert list(tmp_path.iterdir()) == []


def test_positions_7_to_9_are_those_of_tensorboardx(logdir):
    writer = tensorbolt.SummaryWriter(
        None, "", None, 10, 120, "", False, logdir, {"disabled": True}
    )
    assert writer.log_dir == logdir
    writer.close()
