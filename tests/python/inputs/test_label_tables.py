"""Labels of an embedding that come as a table: a frame, columns by name, rows by name."""

from pathlib import Path

import numpy as np
import pandas
import polars
import pyarrow
import pytest
import torch

import tensorbolt
from tensorbolt import insight

COLUMNS = {"label": ["cat", "dog"], "size": [1, 2]}
ROWS = [{"label": "cat", "size": 1}, {"size": 2, "label": "dog"}]
LINES = "label\tsize\ncat\t1\ndog\t2\n"


class Lazy:
    """A frame of which no rows can be read here."""

    columns = ("label", "size")


TABLES = {
    "pandas": lambda: pandas.DataFrame(COLUMNS),
    "pandas, other index": lambda: pandas.DataFrame(COLUMNS, index=["x", "y"]),
    "pandas, categories": lambda: pandas.DataFrame(COLUMNS).astype("category"),
    "polars": lambda: polars.DataFrame(COLUMNS),
    "pyarrow": lambda: pyarrow.table(COLUMNS),
    "pyarrow, batch": lambda: pyarrow.RecordBatch.from_pydict(COLUMNS),
    "structured array": lambda: np.array(
        [("cat", 1), ("dog", 2)], [("label", "U3"), ("size", int)]
    ),
    "mapping of lists": lambda: COLUMNS,
    "mapping of columns": lambda: {
        "label": pandas.Series(COLUMNS["label"]),
        "size": torch.tensor([1, 2]),
    },
    "list of mappings": lambda: ROWS,
    "tuple of rows of pandas": lambda: tuple(
        row for _, row in pandas.DataFrame(COLUMNS).iterrows()
    ),
}


def file_of(logdir, metadata, header=None, points=2):
    with tensorbolt.SummaryWriter(logdir) as writer:
        writer.add_embedding(np.ones((points, 3)), metadata, metadata_header=header)
    return Path(f"{logdir}/00000/default/metadata.tsv").read_bytes().decode()


@pytest.mark.parametrize("kind", TABLES)
def test_rows_and_header(logdir, kind):
    """As many rows as columns, so that names could pass for labels."""
    table = TABLES[kind]()
    if kind == "tuple of rows of pandas":
        # With a header only: without one, a row is a label of its own.
        assert file_of(logdir, table, ["label", "size"]) == LINES
    else:
        assert file_of(logdir, table) == LINES
    print(kind)


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "mapping of lists"])
def test_a_header_chooses_or_renames(logdir, kind):
    table = TABLES[kind]()
    chosen = file_of(f"{logdir}/a", table, ["size", "label"])
    assert chosen == "size\tlabel\n1\tcat\n2\tdog\n"
    assert file_of(f"{logdir}/b", table, ["label"]) == "cat\ndog\n"
    assert file_of(f"{logdir}/c", table, ["x", "y"]) == "x\ty\ncat\t1\ndog\t2\n"


def test_a_table_of_one_column(logdir):
    assert file_of(logdir, pandas.DataFrame({"label": ["cat", "dog"]})) == "cat\ndog\n"


def test_columns_of_one_name(logdir):
    frame = pandas.DataFrame([["cat", 1], ["dog", 2]], columns=["x", "x"])
    assert file_of(logdir, frame) == "x\tx\ncat\t1\ndog\t2\n"


WRONG = {
    "too many rows": (pandas.DataFrame({"a": [1, 2, 3]}), None, "label"),
    "no column": (pandas.DataFrame(index=[0, 1]), None, "column"),
    "one label for each key": ({"a": 1, "b": 2}, None, "list.metadata.values"),
    "text for each key": ({0: "cat", 1: "dog"}, None, "list.metadata.values"),
    "columns of other lengths": ({"a": [1], "b": [1, 2]}, None, "equally long"),
    "rows of other keys": ([{"a": 1}, {"b": 2}], None, "row 1"),
    "some rows are lists": ([{"a": 1}, [2]], None, "row 1"),
    "half of a header": (COLUMNS, ["label", "x"], "'x'"),
    "set": ({"cat", "dog"}, None, "order"),
    "frozenset": (frozenset(("cat", "dog")), None, "order"),
    "lazy frame": (Lazy(), None, "collect"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_errors_say_what_to_pass(logdir, kind):
    metadata, header, words = WRONG[kind]
    with pytest.raises((TypeError, ValueError), match=words):
        file_of(logdir, metadata, header)
    assert not Path(f"{logdir}/00000").exists()


def test_a_header_without_an_order(logdir):
    with pytest.raises(TypeError, match="metadata_header"):
        file_of(logdir, [["a", 1], ["b", 2]], {"x", "y"})


def test_labels_of_boxes_without_an_order(logdir):
    boxes = [[0, 0, 2, 2], [1, 1, 3, 3]]
    with tensorbolt.SummaryWriter(logdir) as writer:
        for labels in ({"a", "b"}, {"a": 1, "b": 2}, pandas.DataFrame(COLUMNS)):
            with pytest.raises(TypeError, match="labels"):
                writer.add_image_with_boxes(
                    "t", np.zeros((3, 4, 4)), boxes, labels=labels
                )


def test_names_of_classes_by_number(logdir):
    """The keys of such a mapping were taken for the names."""
    lists = []
    for names in (["cat", "dog"], {1: "dog", 0: "cat"}, {"dog": 1, "cat": 0}):
        with tensorbolt.SummaryWriter(logdir) as writer:
            found = insight.add_confusion_matrix(
                writer, [0, 1, 1], [0, 1, 0], class_names=names
            )
        lists.append(str(found))
    assert lists[0] == lists[1] == lists[2]
    with (
        tensorbolt.SummaryWriter(logdir) as writer,
        pytest.raises(ValueError, match="class_names"),
    ):
        insight.add_confusion_matrix(writer, [0, 1], [0, 1], class_names={"a": "b"})
