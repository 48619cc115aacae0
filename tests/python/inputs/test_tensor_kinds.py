"""What torch's subclasses, layouts and transforms hold: the value that everybody means, or an error with a remedy."""

import contextlib
import re
import warnings

import pytest
import torch
from tests.python.inputs.value_calls import LISTS, NUMBERS, outcome
from torch import func
from torch._subclasses.fake_tensor import FakeTensorMode
from torch._subclasses.functional_tensor import FunctionalTensor, FunctionalTensorMode
from torch.autograd import forward_ad
from torch.distributed._functional_collectives import AsyncCollectiveTensor
from torch.distributed.tensor._shards_wrapper import LocalShardsWrapper
from torch.masked import masked_tensor
from torch.nn.attention.bias import causal_lower_right
from torch.testing._internal.logging_tensor import LoggingTensor
from torch.testing._internal.two_tensor import TwoTensor
from torch.utils import dlpack

LocalTensor = pytest.importorskip(
    "torch.distributed._local_tensor", reason="this torch has fewer kinds of tensors"
).LocalTensor
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


class Lies(torch.Tensor):
    """Answers with anything."""

    def item(self):
        return 6.0

    def detach(self):
        return torch.full(self.shape, 6.0)

    def numpy(self):
        return self.detach().numpy()


class Overrides(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return 6.0


class Tagged(torch.Tensor):
    """As people make them for a name or a unit."""


class Wrapped(torch.Tensor):
    """Keeps its elements in another tensor, and knows how to give them out."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)

    def __init__(self, inner):
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        raise NotImplementedError(f"aten.{function}")


class Scaled(Wrapped):
    """As libraries of quantised weights have them."""

    def dequantize(self, *_):
        return self.inner


def outer(make):
    """A kind that is what `make` makes of a plain tensor."""
    return lambda plain, use: use(make(plain))


def under(transform):
    """A kind that is only there while a function is transformed."""

    def within(plain, use):
        transform(lambda x: (use(x), x.sum())[1])(plain)

    return within


def under_vmap(plain, use):
    func.vmap(lambda x: (use(x), x)[1])(plain[None])


def under_jvp(plain, use):
    func.jvp(lambda x: (use(x), x)[1], (plain,), (plain,))


def dual(plain, use):
    with forward_ad.dual_level():
        use(forward_ad.make_dual(plain, torch.ones_like(plain)))


def escaped(transform):
    def after(plain, use):
        left = []
        transform(lambda x: (left.append(x * 1), x.sum())[1])(plain)
        use(left[0])

    return after


def traced(plain, use):
    from torch.fx.experimental.proxy_tensor import make_fx

    make_fx(lambda x: (use(x * 1), x)[1])(plain)


def behind(plain):
    """A view of the base was written to, and the base does not know yet."""
    base = torch._to_functional_tensor(plain - 1)
    torch._enable_functionalization(reapply_views=True)
    try:
        base.view(-1).add_(1)
    finally:
        torch._disable_functionalization()
    return base


def fake(plain):
    return FakeTensorMode().from_tensor(plain)


def functional(plain):
    with FunctionalTensorMode():
        return FunctionalTensor.to_functional(plain)


def quantised(plain):
    return torch.quantize_per_tensor(plain, 1 / 64, 0, torch.quint8)


def flat(plain):
    """Half of what FSDP keeps of several parameters in one."""
    parameter = torch.nn.Parameter(plain)
    parameter._is_flat_param = True
    parameter._unpadded_unsharded_size = torch.Size([plain.numel() * 2])
    return parameter


def two_axes(plain):
    return plain.reshape(-1, plain.shape[-1] if plain.ndim else 1)


VALUES = {
    "parameter": outer(torch.nn.Parameter),
    "buffer": outer(torch.nn.Buffer),
    "requires grad": outer(lambda t: t.clone().requires_grad_()),
    "result of a graph": outer(lambda t: t.clone().requires_grad_() * 1),
    "bfloat16": outer(lambda t: t.to(torch.bfloat16)),
    "conjugated lazily": outer(lambda t: torch.complex(t, -t).conj().real),
    "imaginary part, lazily": outer(lambda t: torch.complex(t, -t).conj().imag),
    "negated lazily": outer(lambda t: torch._neg_view(-t)),
    "quantised": outer(quantised),
    "not contiguous": outer(lambda t: torch.stack([t, t], -1)[..., 0]),
    "expanded": outer(lambda t: t[None].expand(3, *t.shape)[1]),
    "own subclass": outer(lambda t: t.as_subclass(Tagged)),
    "subclass that lies": outer(lambda t: t.as_subclass(Lies)),
    "subclass with __torch_function__": outer(lambda t: t.as_subclass(Overrides)),
    "read-only": outer(dlpack.ReadOnlyTensorWrapper),
    "subclass with dequantize": outer(Scaled),
    "awaited collective": outer(AsyncCollectiveTensor),
    "the same for each local rank": outer(
        lambda t: LocalTensor({0: t.clone(), 1: t.clone()})
    ),
    "masked, nothing": outer(lambda t: masked_tensor(t, torch.ones_like(t).bool())),
    "functional": outer(torch._to_functional_tensor),
    "functional, not in step": outer(behind),
    "under grad": under(func.grad),
    "under grad of grad": under(lambda f: func.grad(lambda x: func.grad(f)(x).sum())),
    "under vjp": under(lambda f: lambda x: func.vjp(f, x)),
    "under jvp": under_jvp,
    "under functionalize": under(func.functionalize),
    "escaped from grad": escaped(func.grad),
    "dual": dual,
    "traced by make_fx": traced,
    "in inference mode": outer(torch.inference_mode()(lambda t: t.clone())),
}
"""Kinds that stand for the same elements as the plain tensor, and give them."""

ONE_ONLY = {
    "wrapper that answers": (outer(LoggingTensor), "plain tensor"),
    "two in one": (outer(lambda t: TwoTensor(t, t.clone())), "plain tensor"),
}
"""Kinds that give one element, and no array."""

ERRORS = {
    "meta": (outer(lambda t: t.to("meta")), "real device"),
    "fake": (outer(fake), "FakeTensor"),
    "traced functional": (outer(functional), "torch.export"),
    "under vmap": (under_vmap, "return it"),
    "under vmap of grad": (
        lambda t, use: func.vmap(func.grad(lambda x: (use(x), x.sum())[1]))(t[None]),
        "return it",
    ),
    "escaped from vmap": (
        escaped(lambda f: lambda x: func.vmap(f)(x[None])),
        "return it",
    ),
    "nested": (outer(lambda t: torch.nested.nested_tensor([t.reshape(-1)])), "unbind"),
    "nested, jagged": (
        outer(
            lambda t: torch.nested.nested_tensor([t.reshape(-1)], layout=torch.jagged)
        ),
        "unbind",
    ),
    "coo": (outer(lambda t: t.to_sparse()), "to_dense"),
    "coo, not coalesced": (
        outer(
            lambda t: torch.sparse_coo_tensor(
                torch.zeros((1, 2), dtype=torch.long), torch.ones(2), (1,)
            )
        ),
        "to_dense",
    ),
    "csr": (outer(lambda t: two_axes(t).to_sparse_csr()), "to_dense"),
    "csc": (outer(lambda t: two_axes(t).to_sparse_csc()), "to_dense"),
    "bsr": (outer(lambda t: two_axes(t).to_sparse_bsr((1, 1))), "to_dense"),
    "bsc": (outer(lambda t: two_axes(t).to_sparse_bsc((1, 1))), "to_dense"),
    "mkldnn": (outer(lambda t: t.reshape(-1).to_mkldnn()), "to_dense"),
    "not initialised": (
        outer(lambda _: torch.nn.UninitializedParameter()),
        "run the model once",
    ),
    "causal bias": (outer(lambda _: causal_lower_right(1, 1)), "mask as a tensor"),
    "another for each local rank": (
        outer(lambda t: LocalTensor({0: t, 1: t + 1})),
        "one rank",
    ),
    "shards": (outer(lambda t: LocalShardsWrapper([t], [(0,) * t.ndim])), "gathered"),
    "wrapper that refuses": (outer(Wrapped), "plain tensor|an integer"),
    "part of FSDP's flat parameter": (outer(flat), "summon_full_params"),
}
"""Kinds without elements here, with a word of the remedy."""

LEFT_OUT = {"meta", "not initialised"}
"""Kinds that `watch` leaves out with a notice."""
STORED = {
    "coo",
    "coo, not coalesced",
    "csr",
    "csc",
    "bsr",
    "bsc",
    "nested, jagged",
    "part of FSDP's flat parameter",
}
"""Kinds whose stored values, those of this process, `watch` logs."""


def plain_for(name):
    """A plain tensor that a method takes, with steps of 1/64, which all kinds can hold."""
    if name in NUMBERS:
        return torch.tensor(2.0)
    shape, _ = LISTS[name]
    count = torch.Size(shape).numel()
    return ((torch.arange(count) % 4) / 64).reshape(shape)


CALLS = {**NUMBERS, **{name: call for name, (_, call) in LISTS.items()}}


def of_kind(kind, name):
    """What a method makes of a kind."""
    found = []
    with warnings.catch_warnings(), contextlib.suppress(StopIteration):
        warnings.simplefilter("ignore")

        def use(value):
            found.append(outcome(CALLS[name], value))
            # The transform is of no interest any more.
            raise StopIteration

        kind(plain_for(name), use)
    (one,) = found
    return one


@pytest.mark.parametrize("kind", VALUES)
def test_the_value_that_is_meant(kind):
    for name, call in CALLS.items():
        found = of_kind(VALUES[kind], name)
        assert found == outcome(call, plain_for(name)), (name, found)
        print(f"{kind}: {name}")


@pytest.mark.parametrize("kind", ONE_ONLY)
def test_one_element_but_no_array(kind):
    make, remedy = ONE_ONLY[kind]
    for name in NUMBERS:
        assert of_kind(make, name) == outcome(CALLS[name], plain_for(name)), name
        print(f"{kind}: {name}")
    for name in LISTS:
        found = of_kind(make, name)
        assert isinstance(found, TypeError), (name, found)
        assert remedy in str(found)
        print(f"{kind}: {name}")


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_with_a_remedy(kind):
    make, remedy = ERRORS[kind]
    for name in CALLS:
        found = of_kind(make, name)
        if name == "watch" and kind in LEFT_OUT | STORED:
            assert not isinstance(found, Exception)
        else:
            assert isinstance(found, (TypeError, ValueError)), (name, found)
            assert re.search(remedy, str(found)), (name, found)
        print(f"{kind}: {name}: {found}")


def test_masked_elements_are_nan():
    """As numpy's are."""
    plain = torch.tensor([2.0, 3.0, 4.0, 5.0])
    mask = torch.tensor([True, False, True, True])
    gap = torch.tensor([2.0, float("nan"), 4.0, 5.0])
    for name, (shape, call) in LISTS.items():
        if len(shape) == 1:
            masked = outcome(call, masked_tensor(plain, mask))
            assert masked == outcome(call, gap.double()), name
    for name in ("add_scalar", "log", "add_scalars", "add_hparams, metric"):
        call = NUMBERS[name]
        masked = masked_tensor(torch.tensor(2.0), torch.tensor(False))
        assert outcome(call, masked) == outcome(call, float("nan")), name


def test_a_masked_step_is_an_error():
    import numpy as np

    masked = masked_tensor(torch.tensor(2.0), torch.tensor(False))
    for value in (masked, np.ma.masked, np.ma.array([2], mask=[True])):
        assert isinstance(outcome(NUMBERS["global_step"], value), ValueError)
        assert isinstance(outcome(NUMBERS["walltime"], value), ValueError)


def test_tensors_within_other_containers():
    """numpy would ask each for float()."""
    import numpy as np

    holder = np.empty(4, object)
    holder[:] = [torch.tensor(2.0).as_subclass(Lies)] * 4
    twos = np.full(4, 2.0)
    for name, (shape, call) in LISTS.items():
        if len(shape) == 1 and name not in ("add_embedding, labels", "add_audio"):
            assert outcome(call, holder) == outcome(call, twos), name
            listed = outcome(call, list(holder))
            assert listed == outcome(call, twos.astype(np.float32)), name
