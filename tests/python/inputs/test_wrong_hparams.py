"""What a caller of add_hparams or of the custom scalar methods can get wrong; see test_wrong_input.py."""

import math

import pytest
import torch
from tests.python.inputs.wrong.table import name_of
from tests.python.support.helpers import event_files, records, tree

import tensorbolt

SURROGATE = "bad\ud800text"
H, M = {"a": 1}, {"m": 1.0}
SELF = {}
SELF["inner"] = SELF
META = torch.empty(1, device="meta")

# Method, arguments, keywords, exception, words of its message.
ROWS = [
    *[
        ("add_hparams", (bad, M), {}, TypeError, ["hparam_dict", "mapping"])
        for bad in (None, 1, "ab", [("a", 1)], {1}, dict)
    ],
    *[
        ("add_hparams", (H, bad), {}, TypeError, ["metric_dict", "mapping"])
        for bad in (None, 1.0, "ab", [("a", 1)])
    ],
    ("add_hparams", ({1: 2}, M), {}, TypeError, ["keys of hparam_dict", "str"]),
    ("add_hparams", ({"a": {None: 2}}, M), {}, TypeError, ["keys", "hparam_dict"]),
    ("add_hparams", (H, {1: 2}), {}, TypeError, ["keys of metric_dict", "str"]),
    ("add_hparams", ({SURROGATE: 1}, M), {}, ValueError, ["hparam_dict", "surrogates"]),
    ("add_hparams", ({"a": SURROGATE}, M), {}, ValueError, ["['a']", "surrogates"]),
    ("add_hparams", (H, {SURROGATE: 1}), {}, ValueError, ["metric_dict", "surrogates"]),
    ("add_hparams", (SELF, M), {}, ValueError, ["hparam_dict", "contain itself"]),
    (
        "add_hparams",
        ({"a/b": 1, "a": {"b": 2}}, M),
        {},
        ValueError,
        ["hparam_dict", "'a/b'", "rename"],
    ),
    ("add_hparams", ({"a": 10**400}, M), {}, ValueError, ["hparam_dict['a']", "range"]),
    ("add_hparams", ({"a": META}, M), {}, ValueError, ["hparam_dict['a']", "meta"]),
    *[
        ("add_hparams", (H, {"m": bad}), {}, error, ["metric_dict['m']", word])
        for bad, error, word in (
            (None, TypeError, "number"),
            ("abc", ValueError, "number"),
            (object(), TypeError, "number"),
            (1j, TypeError, "real"),
            ([1, 2], AssertionError, "exactly one"),
            (META, ValueError, "meta"),
        )
    ],
    *[
        ("add_hparams", (H, M, None, bad), {}, ValueError, ["run_name", word])
        for bad, word in (
            ("..", "outside"),
            ("a/../..", "outside"),
            ("/etc", "outside"),
            ("a\0b", "outside"),
            ("k" * 256, "shorten"),
            (SURROGATE, "surrogates"),
        )
    ],
    ("add_hparams", (H, M, {"a": [1]}, 3), {}, TypeError, ["run_name", "str(run_name)"]),
    ("add_hparams", (H, M), {"name": 3}, TypeError, ["run_name", "str"]),
    ("add_hparams", (H, M, "x"), {"name": "y"}, TypeError, ["named twice", "'x'"]),
    ("add_hparams", (H, M, "x", "y"), {}, TypeError, ["named twice", "run_name"]),
    ("add_hparams", (H, M, "x", 3, 4), {}, TypeError, ["global_step", "twice"]),
    ("add_hparams", (H, M, None, 3, 4), {}, TypeError, ["global_step", "twice"]),
    ("add_hparams", (H, M, None, [3]), {}, TypeError, ["global_step", "integer"]),
    ("add_hparams", (H, M), {"global_step": math.nan}, ValueError, ["global_step"]),
    ("add_hparams", (H, M), {"no_such": 1}, TypeError, ["no_such"]),
    *[
        ("add_hparams", (H, M, bad), {}, TypeError, ["hparam_domain_discrete", word])
        for bad, word in (
            ([1], "mapping"),
            (3, "mapping"),
            ({"b": [1]}, "no hyperparameter"),
            ({"a": 1}, "list"),
            ({"a": "1"}, "list"),
            ({"a": ["1"]}, "same kind"),
            ({"a": [True]}, "same kind"),
            ({"a": [1, None]}, "same kind"),
        )
    ],
    ("add_hparams", ({"a": None}, M, {"a": [1]}), {}, TypeError, ["with a value"]),
    *[
        ("add_custom_scalars", (bad,), {}, TypeError, ["layout", "mapping"])
        for bad in (None, 1, "ab", [("c", {})], {"c": [("t", [])]}, {"c": None})
    ],
    ("add_custom_scalars", ({1: {}},), {}, TypeError, ["category title", "str"]),
    ("add_custom_scalars", ({"c": {1: []}},), {}, TypeError, ["chart title", "str"]),
    ("add_custom_scalars", ({SURROGATE: {}},), {}, ValueError, ["category title"]),
    *[
        ("add_custom_scalars", ({"c": {"t": bad}},), {}, error, ["layout['c']['t']", word])
        for bad, error, word in (
            (None, TypeError, "list"),
            ("Multiline", TypeError, "list"),
            ({"Multiline": ["a"]}, TypeError, "list"),
            ([], AssertionError, "two items"),
            (["Multiline"], AssertionError, "two items"),
            (["Multiline", ["a"], 1], ValueError, "two items"),
            ([["a"], "Multiline"], TypeError, "type"),
            (["Multiline", None], TypeError, "list of str"),
            (["Multiline", [1]], TypeError, "tag"),
            (["Multiline", {"a": 1}], TypeError, "list of str"),
            (["Multiline", [SURROGATE]], ValueError, "surrogates"),
            (["Margin", ["a", "b"]], AssertionError, "3 tags"),
            (["Margin", ["a"] * 4], ValueError, "3 tags"),
            (["Margin", "abc"], ValueError, "3 tags"),
        )
    ],
    *[
        (f"add_custom_scalars_{kind}chart", (*arguments,), {}, error, words)
        for kind in ("multiline", "margin")
        for arguments, error, words in (
            ((None,), TypeError, ["tags", "list of str"]),
            ((3,), TypeError, ["tags", "list of str"]),
            (([1, 2, 3],), TypeError, ["tag of tags", "str"]),
            ((["a", "b", SURROGATE],), ValueError, ["tag of tags", "surrogates"]),
            ((["a", "b", "c"], None), TypeError, ["category", "str"]),
            ((["a", "b", "c"], "c", 3), TypeError, ["title", "str"]),
        )
    ],
    *[
        ("add_custom_scalars_marginchart", (tags,), {}, error, ["tags", "3 tags"])
        for tags, error in (([], ValueError), ("abc", ValueError), (["a"] * 4, AssertionError))
    ],
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_wrong_input(tmp_path, row):
    method, arguments, keywords, error, words = row
    logdir = tmp_path / "run"
    with tensorbolt.SummaryWriter(logdir) as writer:
        before = tree(tmp_path)
        with pytest.raises(error) as caught:
            getattr(writer, method)(*arguments, **keywords)
        writer.flush()
        assert tree(tmp_path) == before
        assert writer.stats()["events"] == 0
    assert type(caught.value).__module__ in ("builtins", "tensorbolt._errors")
    missing = [word for word in words if word not in str(caught.value)]
    assert not missing, f"{missing} not in {caught.value}"
    assert len(records(event_files(logdir)[0])) == 1


@pytest.mark.parametrize("name", [3, b"x", ["x"]])
def test_the_option_is_a_name(tmp_path, name):
    with pytest.raises(TypeError, match="hparams_run"):
        tensorbolt.SummaryWriter(tmp_path / "run", hparams_run=name)
    assert tree(tmp_path) == []
