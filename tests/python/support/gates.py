"""Arrays of JAX that are computed when a test says so."""

import threading
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np


class Gate:
    """A computation on the CPU that ends when it is opened; to be used as a context, which opens it at the latest."""

    def __init__(self):
        self._opened = threading.Event()
        self._caller = threading.get_ident()
        self._ran_at_once = False
        while True:
            self._ran_at_once = False
            self.one = _pass(self._wait)(_slow()(jnp.ones((400, 400))))
            if not self._ran_at_once:
                break
        """The number one, in an array that is computed once the gate is open."""

    def _wait(self, number):
        if threading.get_ident() == self._caller:
            # JAX calls back in the caller's thread if what it passes has been computed by then.
            self._ran_at_once = True
        else:
            self._opened.wait(60)
        return number

    def open(self):
        self._opened.set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.open()
        jax.block_until_ready(self.one)


class FailingGate(Gate):
    """A gate behind which the computation fails."""

    def _wait(self, number):
        number = super()._wait(number)
        if not self._ran_at_once:
            raise RuntimeError("the reactor has no fuel")
        return number

    def __exit__(self, *_):
        self.open()


@cache
def _slow():
    """A tenth of a second and more, of which the outcome is one."""

    @jax.jit
    def slow(matrix):
        def step(_, value):
            value = value @ value
            return value / value.max()

        return jax.lax.fori_loop(0, 50, step, matrix).mean()

    slow(jnp.ones((400, 400))).block_until_ready()
    return slow


def _pass(function):
    shape = jax.ShapeDtypeStruct((), np.float32)
    return jax.jit(lambda number: jax.pure_callback(function, shape, number))
