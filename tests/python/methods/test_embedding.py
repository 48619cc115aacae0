"""add_embedding: the same numbers, labels, pixels and entries as both reference writers."""

import io
import tempfile
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tests.python.support.embeddings import config, files, names, same_files
from tests.python.support.helpers import events, label, tree

import tensorbolt

SHAPES = arrays.array_shapes(min_dims=2, max_dims=2, max_side=7)
WIDE = ["f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]
NARROW = ["f2", "f4"]
TAGS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
LABELS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs"]), min_size=1)
MAT = np.ones((1, 1))
# Multiples of 1/255 are the numbers on which torch and tensorboardX agree.
SHARES = st.integers(0, 255).map(lambda number: number / 255)


def of_any(dtypes):
    return st.sampled_from(dtypes).flatmap(lambda kind: arrays.arrays(kind, SHAPES))


@given(of_any(WIDE))
def test_numbers(mat):
    same_files(lambda w: w.add_embedding(mat))


@given(of_any(NARROW))
def test_narrow_floats_have_fewer_digits_and_the_same_value(mat):
    """Difference D23: the reference writers write them with the digits of a double."""
    with tempfile.TemporaryDirectory() as directory:
        with tensorbolt.SummaryWriter(directory) as writer:
            writer.add_embedding(mat)
        text = Path(directory, "00000/default/tensors.tsv").read_text()
    read = np.loadtxt(io.StringIO(text), np.float32, delimiter="\t", ndmin=2)
    np.testing.assert_array_equal(read, mat.astype(np.float32))
    theirs = "".join("\t".join(str(x.item()) for x in row) + "\n" for row in mat)
    assert len(text) <= len(theirs)


@pytest.mark.parametrize("dtype", [*WIDE, *NARROW, "bfloat16", ">f4", ">i4"])
def test_numpy_reads_every_type_back_exactly(logdir, dtype):
    kind = ml_dtypes.bfloat16 if dtype == "bfloat16" else np.dtype(dtype)
    numbers = np.random.default_rng(1)
    if np.dtype(kind).kind in "iub":
        mat = numbers.integers(0, 256, (50, 8), np.uint8).astype(np.uint8)
        mat = mat.view(kind) if np.dtype(kind).kind != "b" else mat > 100
    else:
        mat = (numbers.normal(size=(50, 8)) * 10.0 ** numbers.integers(-3, 4, (50, 8))).astype(kind)  # fmt: skip
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_embedding(mat)
    path = f"{logdir}/00000/default/tensors.tsv"
    wide = {"f": np.float64, "V": np.float32}.get(mat.dtype.kind, mat.dtype)
    if mat.dtype.kind == "b":
        wide = np.uint8
    elif mat.dtype.itemsize <= 4 and mat.dtype.kind in "fV":
        wide = np.float32
    read = np.loadtxt(path, wide, delimiter="\t", ndmin=2)
    np.testing.assert_array_equal(read, mat.astype(wide))


@given(
    SHAPES.flatmap(
        lambda shape: st.lists(
            LABELS | st.integers() | st.floats() | st.booleans() | st.none(),
            min_size=shape[0],
            max_size=shape[0],
        )
    )
)
def test_labels(labels):
    mat = np.zeros((len(labels), 2))
    same_files(lambda w: w.add_embedding(mat, labels))
    same_files(lambda w: w.add_embedding(mat, tuple(labels)))
    same_files(lambda w: w.add_embedding(mat, metadata=labels, metadata_header=[]))


@given(st.integers(1, 5), st.integers(2, 4), st.data())
def test_rows_of_labels(points, columns, data):
    row = st.lists(LABELS | st.integers(), min_size=columns, max_size=columns)
    kind = data.draw(st.sampled_from([list, tuple]))
    rows = [kind(data.draw(row)) for _ in range(points)]
    header = kind(data.draw(row))
    mat = np.zeros((points, 2))
    same_files(lambda w: w.add_embedding(mat, rows, metadata_header=header))


@pytest.mark.parametrize(
    ("labels", "lines"),
    [
        (np.array(["a", "b"]), ["a", "b"]),
        (np.array([1, 2], np.int8), ["1", "2"]),
        (np.array([0.1, 2], np.float32), ["0.1", "2.0"]),
        (torch.tensor([33.0, 0.1]), ["33.0", "0.1"]),
        (torch.tensor([True, False]), ["True", "False"]),
        ([torch.tensor(3), np.float32(0.1)], ["3", "0.1"]),
        ([("a", 1), None], ["('a', 1)", "None"]),
        ((x for x in "ab"), ["a", "b"]),
        (["a\tb\r\nc", "d"], ["a b  c", "d"]),
        (["", " \u3000"], ["(empty)", "(empty)"]),
        (["ä", "😀"], ["ä", "😀"]),
    ],
    ids=label,
)
def test_every_kind_of_label(logdir, labels, lines):
    """Difference D23: tabs and line breaks are kept there, and shift all labels that follow."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_embedding(np.zeros((2, 2)), labels)
    text = Path(f"{logdir}/00000/default/metadata.tsv").read_bytes().decode()
    assert text == "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize(
    ("rows", "header", "lines"),
    [
        ([["a", 1], ["b", 2]], ["x", "y"], ["x\ty", "a\t1", "b\t2"]),
        ((("a", 1), ("b", 2)), ("x", "y"), ["x\ty", "a\t1", "b\t2"]),
        (torch.tensor([[1, 2], [3, 4]]), ["x", "y"], ["x\ty", "1\t2", "3\t4"]),
        ([["a\t", "\n"], ["", ""]], ["x\n", "y"], ["x \ty", "a \t ", "(empty)\t"]),
        (["a", "b"], ["x"], ["a", "b"]),
        ([["a"], [1]], np.array(["x"]), ["a", "1"]),
        ([3, torch.tensor(4)], ["x"], ["3", "4"]),
    ],
    ids=label,
)
def test_every_kind_of_row(logdir, rows, header, lines):
    """Difference D23: the projector takes the name of a single column for a label."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_embedding(np.zeros((2, 2)), rows, metadata_header=header)
    text = Path(f"{logdir}/00000/default/metadata.tsv").read_bytes().decode()
    assert text == "".join(f"{line}\n" for line in lines)


def test_a_header_alone_is_ignored_with_a_warning(logdir):
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        pytest.warns(RuntimeWarning, match="metadata_header without metadata"),
    ):
        writer.add_embedding(np.zeros((2, 2)), metadata_header=["x"])
    assert files(logdir)["default:00000"].labels is None


@given(st.integers(1, 10), st.sampled_from([1, 3]), st.integers(1, 5), st.data())
def test_sprites(count, channels, side, data):
    shape = (count, channels, side, side)
    images = data.draw(arrays.arrays("f8", shape, elements=SHARES))
    mat = np.zeros((count, 2))
    images = torch.from_numpy(images)
    # What tensorboardX leaves in unused tiles is random.
    others = ("torch", "tbx") if int(count**0.5) ** 2 == count else ("torch",)
    same_files(lambda w: w.add_embedding(mat, label_img=images), ("ours", *others))


@pytest.mark.parametrize("make", [np.asarray, torch.from_numpy, list])
@pytest.mark.parametrize("shape", [(5, 3, 2, 4), (5, 1, 4, 2), (3, 4, 2, 2), (1, 2, 1, 1)])  # fmt: skip
def test_bytes_and_shapes_of_sprites(logdir, make, shape):
    """Difference D23: the reference writers saturate uint8, and take fewer shapes and types."""
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_embedding(np.zeros((shape[0], 2)), label_img=make(images))
    ((_, found),) = files(logdir).items()
    count, channels, height, width = shape
    side = int(np.ceil(count**0.5))
    assert found.sprite.shape == (side * height, side * width, max(channels, 3) if channels != 2 else 2)  # fmt: skip
    tiles = found.sprite.reshape(side, height, side, width, -1).transpose(0, 2, 4, 1, 3)
    tiles = tiles.reshape(side * side, -1, height, width)
    expected = np.repeat(images, 3, 1) if channels == 1 else images
    np.testing.assert_array_equal(tiles[:count], expected)
    assert not tiles[count:].any()
    (entry,) = config(logdir).embeddings
    assert list(entry.sprite.single_image_dim) == [width, height]


def test_integers_of_a_sprite_are_taken_for_bytes_with_a_warning(logdir):
    images = np.full((4, 3, 2, 2), 200)
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        pytest.warns(RuntimeWarning, match="255"),
    ):
        writer.add_embedding(np.zeros((4, 2)), label_img=images)
    assert (files(logdir)["default:00000"].sprite == 200).all()


@pytest.mark.parametrize("compression", ["fast", "high"])
def test_the_compression_is_that_of_images(logdir, compression):
    images = np.tile(np.linspace(0, 1, 64), (1, 3, 64, 1))
    with tensorbolt.SummaryWriter(logdir, image_compression=compression) as writer:
        writer.add_embedding([[1.0]], label_img=images)
        writer.add_image("i", images[0])
    (event,) = events(logdir)
    sprite = Path(f"{logdir}/00000/default/sprite.png").read_bytes()
    assert sprite == event.summary.value[0].image.encoded_image_string


@given(TAGS, st.integers(0, 10**7))
def test_tags_and_steps(tag, step):
    assume(tag not in (".", ".."))
    others = ("torch",) if set('"\\') & set(tag) else ("torch", "tbx")
    same_files(lambda w: w.add_embedding(MAT, None, None, step, tag), ("ours", *others))


def test_several_calls():
    def log(writer):
        for step in (3, 1, 2):
            writer.add_embedding(np.full((2, 2), step), ["a", "b"], None, step, "t/u")
            writer.add_embedding(np.full((2, 2), -step), global_step=step)

    assert len(same_files(log)) == 6


@pytest.mark.parametrize("step", [None, np.int64(7), torch.tensor(7), "7", 7.9, -1])
def test_steps_of_every_kind(logdir, step):
    """Difference P60: others than integers give the reference writers odd directories such as `tensor(7)`."""
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_embedding([[1.0]], global_step=step)
    directory = {None: "00000", -1: "-0001"}.get(step, "00007")
    assert names(logdir) == [f"default:{directory}"]
    assert f"{directory}/default/tensors.tsv" in tree(logdir)


def test_steps_count_up_by_themselves(logdir):
    with tensorbolt.SummaryWriter(logdir, auto_step=True) as writer:
        writer.add_embedding([[1.0]])
        writer.add_embedding([[1.0]])
        writer.add_embedding([[1.0]], tag="x")
    assert names(logdir) == ["default:00000", "default:00001", "x:00000"]


@pytest.mark.parametrize(
    ("tag", "directory"),
    [
        ("..", "%2e%2e"),
        (".", "%2e"),
        ("../../x", "..%2f..%2fx"),
        ("/etc", "%2fetc"),
        ("a\0b", "a%00b"),
        ("a\\b%", "a%5cb%25"),
        ("~", "~"),
    ],
)
def test_no_tag_leaves_the_log_directory(tmp_path, tag, directory):
    """Difference P61: there `..` writes into the log directory itself."""
    with tensorbolt.SummaryWriter(tmp_path / "a" / "run") as writer:
        writer.add_embedding([[1.0]], global_step=1, tag=tag)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a"]
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["run"]
    assert [p.name for p in (tmp_path / "a/run/00001").iterdir()] == [directory]
    assert names(tmp_path / "a" / "run") == [f"{tag}:00001"]


def test_a_tag_without_letters_is_the_directory_of_the_step(logdir):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_embedding([[1.0]], tag="")
    assert "00000/tensors.tsv" in tree(logdir)


def test_binary(logdir):
    mat = np.random.default_rng(0).normal(size=(20, 3))
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_embedding(mat, binary=True)
        writer.add_embedding(np.zeros((2, 2)), tag="zeros", binary=True)
    assert "00000/default/tensors.tsv" not in tree(logdir)
    assert "00000/zeros/tensors.tsv" in tree(logdir)
    read = np.fromfile(f"{logdir}/00000/default/tensors.bytes", np.float32)
    np.testing.assert_array_equal(read.reshape(20, 3), mat.astype(np.float32))
    assert [list(entry.tensor_shape) for entry in config(logdir).embeddings] == [[20, 3], []]  # fmt: skip
