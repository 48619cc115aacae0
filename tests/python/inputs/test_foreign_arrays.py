"""Arrays of libraries other than torch that hold less than they stand for, or nothing."""

import array

import jax
import jax.numpy as jnp
import numpy as np
import pandas
import polars
import pyarrow
import pytest
import scipy.sparse
import sympy
import torch
from jax.experimental import sparse
from tests.python.inputs.value_calls import LISTS, NUMBERS, outcome

ADD_SCALAR, ADD_HISTOGRAM = NUMBERS["add_scalar"], LISTS["add_histogram"][1]


class Spread:
    """As distributed tensors of Paddle and arrays of Heat are: asked for an array, they gather it in all processes."""

    shape = (1,)

    def __array__(self, dtype=None, copy=None):
        raise AssertionError("a collective was called")

    item = numpy = __float__ = __array__


class Paddle(Spread):
    def is_dist(self):
        return True


class Heat(Spread):
    def is_distributed(self):
        return True


class OneFlow(Spread):
    is_global = True

    def to_local(self):
        raise AssertionError("never asked for")


def deleted():
    gone = jnp.ones(1)
    gone.delete()
    return gone


def of_trace():
    (node,) = (
        node
        for node in torch.fx.symbolic_trace(torch.nn.ReLU()).graph.nodes
        if node.op == "placeholder"
    )
    return torch.fx.Proxy(node)


ERRORS = {
    "Paddle": (Paddle, "gathered"),
    "Heat": (Heat, "gathered"),
    "OneFlow": (OneFlow, "to_local"),
    "jax, deleted": (deleted, "log it before"),
    "jax, random key": (lambda: jax.random.key(0), "key_data"),
    "jax, sparse": (lambda: sparse.BCOO.fromdense(jnp.ones(1)), "todense"),
    "jax, shape only": (
        lambda: jax.ShapeDtypeStruct((1,), jnp.float32),
        "pass an array",
    ),
    "scipy, sparse": (
        lambda: scipy.sparse.csr_array(np.ones((1, 1))),
        "todense|toarray",
    ),
    "scipy, sparse matrix": (
        lambda: scipy.sparse.coo_matrix(np.ones((1, 1))),
        "todense|toarray",
    ),
    "torch.fx": (of_trace, "symbolic_trace"),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_with_a_remedy(kind):
    make, remedy = ERRORS[kind]
    for name in ("add_scalar", "log", "add_scalars", "global_step", "walltime"):
        error = outcome(NUMBERS[name], make())
        assert isinstance(error, (TypeError, ValueError)), (name, error)
        if name in ("add_scalar", "log", "add_scalars"):
            with pytest.raises(type(error), match=remedy):
                raise error
        print(f"{kind}: {name}: {error}")
    error = outcome(ADD_HISTOGRAM, make())
    with pytest.raises((TypeError, ValueError), match=remedy):
        raise error


VALUES = {
    "numpy, masked": lambda: np.ma.array([2.0], mask=[False]),
    "numpy, matrix": lambda: np.matrix([[2.0]]),
    "numpy, record": lambda: np.rec.array([(2.0,)], dtype=[("a", float)]).a,
    "numpy, big-endian": lambda: np.array([2], ">i4"),
    "array": lambda: array.array("d", [2.0]),
    "pandas": lambda: pandas.Series([2]),
    "pandas, nullable": lambda: pandas.Series([2], dtype="Int64"),
    "polars": lambda: polars.Series([2]),
    "pyarrow": lambda: pyarrow.array([2]),
    "jax": lambda: jnp.array([2.0]),
    "jax, on two devices": lambda: jax.device_put(jnp.array([2.0])),
}


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("kind", VALUES)
def test_the_value_that_is_meant(kind):
    for call in (ADD_SCALAR, NUMBERS["log"], NUMBERS["add_scalars"], ADD_HISTOGRAM):
        assert outcome(call, VALUES[kind]()) == outcome(call, np.array([2.0]))


def test_what_is_missing_is_nan():
    gap, call = np.array([2.0, np.nan]), ADD_HISTOGRAM
    for values in (
        np.ma.array([2, 3], mask=[False, True]),
        pandas.Series([2.0, None]),
        pandas.Series([2, None], dtype="Int64"),
        polars.Series([2.0, None]),
        pyarrow.array([2.0, None]),
    ):
        assert outcome(call, values) == outcome(call, gap)


def vmapped(function):
    return lambda x: jax.vmap(function)(x[None])


def forward(function):
    return lambda x: jax.jvp(function, (x,), (x,))


@pytest.mark.parametrize(
    "transform",
    [jax.jit, jax.grad, vmapped, forward],
    ids=["jit", "grad", "vmap", "jvp"],
)
def test_tracers_of_jax_cannot_be_read(transform):
    found = {}

    def loss(x):
        for name in ("add_scalar", "log", "add_scalars", "add_hparams", "global_step"):
            found[name] = outcome(NUMBERS[name], x)
        found["add_histogram"] = outcome(ADD_HISTOGRAM, x)
        return x

    transform(loss)(jnp.float32(2))
    for name, error in found.items():
        with pytest.raises(ValueError, match=r"debug\.callback"):
            raise error
        print(f"{name}: {error}")


def test_symbolic_numbers_of_torch():
    """A number that a trace has not, and one that it has."""
    from torch.fx.experimental.symbolic_shapes import ShapeEnv

    unknown = ShapeEnv().create_unbacked_symint()
    known = ShapeEnv().create_symintnode(sympy.Integer(2), hint=2)
    for name in ("add_scalar", "log", "add_scalars"):
        with pytest.raises(ValueError, match="trace"):
            raise outcome(NUMBERS[name], unknown)
        assert outcome(NUMBERS[name], known) == outcome(NUMBERS[name], 2)
