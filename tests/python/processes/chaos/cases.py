"""The cases of `compare`: programs that log a number of scalars on a bad day."""

from typing import NamedTuple

BEGIN = """
import importlib, os, pathlib, shutil, signal, subprocess, sys, threading, time
module, logdir, directory = sys.argv[1:]
SummaryWriter = importlib.import_module(module).SummaryWriter
writer = SummaryWriter(logdir)
def log(begin, end, pause=0.0):
    for step in range(begin, end):
        writer.add_scalar("s", step, step)
        if pause:
            time.sleep(pause)
def order(operation, fault):
    path = pathlib.Path(directory, "orders", operation)
    path.with_name("fresh").write_text(fault)
    path.with_name("fresh").rename(path)
def heal():
    for path in pathlib.Path(directory, "orders").iterdir():
        path.unlink()
def later(seconds, action):
    threading.Timer(seconds, action).start()
"""


class Case(NamedTuple):
    """A program, and what a perfect writer leaves."""

    name: str
    code: str
    count: int
    """Scalars that are logged."""
    store: str = ""
    torn: int = 0
    """Files that may end in a torn record."""
    raises: bool = False
    """The program itself ends with an exception."""


CASES = [
    Case(
        "`SIGKILL` a second after the last of 1,000 scalars",
        "log(0, 1000); time.sleep(1); os.kill(os.getpid(), 9)",
        1000,
        torn=1,
    ),
    Case(
        "`SIGTERM` without a handler, a second after",
        "log(0, 1000); time.sleep(1); os.kill(os.getpid(), 15)",
        1000,
    ),
    Case("`os._exit` a second after", "log(0, 1000); time.sleep(1); os._exit(0)", 1000),
    Case("the program ends without `close()`", "log(0, 1000)", 1000),
    Case("`sys.exit` without `close()`", "log(0, 1000); sys.exit(0)", 1000),
    Case(
        "an exception that is not caught",
        "log(0, 1000); raise KeyError('mine')",
        1000,
        raises=True,
    ),
    Case("an `atexit` hook logs", "import atexit; atexit.register(log, 0, 1000)", 1000),
    Case(
        "a signal handler logs within logging calls",
        """
        busy = False
        def handler(*_):
            global busy
            if not busy:
                busy = True
                writer.add_scalar("signal", 1.0)
                busy = False
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
        log(0, 5000)
        signal.setitimer(signal.ITIMER_REAL, 0)
        writer.close()
        os._exit(0)
     """,
        5000,
    ),
    Case(
        "a forked child logs 100 and closes, the parent 200",
        """
        log(0, 100)
        child = os.fork()
        if child == 0:
            log(100, 200); writer.close(); os._exit(0)
        os.waitpid(child, 0)
        log(200, 300); writer.close()
     """,
        300,
    ),
    Case(
        "the same, forked by C code",
        """
        import ctypes
        log(0, 100)
        child = ctypes.PyDLL(None).fork()
        if child == 0:
            log(100, 200); writer.close(); os._exit(0)
        os.waitpid(child, 0)
        log(200, 300); writer.close()
     """,
        300,
    ),
    Case(
        "3 `multiprocessing` workers log 100 each, no worker closes",
        """
        import multiprocessing
        context = multiprocessing.get_context("fork")
        children = [context.Process(target=log, args=(0, 100)) for _ in range(3)]
        for child in children: child.start()
        for child in children: child.join()
        writer.close()
     """,
        300,
    ),
    Case(
        "two writers in one directory at once, 100 each",
        """
        other = SummaryWriter(logdir)
        for step in range(100):
            writer.add_scalar("a", step, step); other.add_scalar("b", step, step)
        writer.close(); other.close()
     """,
        200,
    ),
    Case(
        "the disk is full for a while",
        """
        log(0, 100); writer.flush()
        filler = open(f"{logdir}/filler", "wb", buffering=0)
        try:
            while True: filler.write(bytes(4096))
        except OSError: pass
        def empty(): os.unlink(filler.name); filler.close()
        later(2, empty)
        log(100, 1000, 0.005); time.sleep(1); log(1000, 1100); writer.close()
     """,
        1100,
        "disk",
    ),
    Case(
        "writes fail with `EIO` for a while",
        """
        log(0, 100); writer.flush()
        order("write", "EIO"); later(2, heal)
        log(100, 1000, 0.005); time.sleep(1); log(1000, 1100); writer.close()
     """,
        1100,
        "faulty",
    ),
    Case(
        "writes stall for a while",
        """
        log(0, 100); writer.flush()
        order("write", "stall"); later(2, heal)
        log(100, 1000, 0.005); time.sleep(1); log(1000, 1100); writer.close()
     """,
        1100,
        "faulty",
    ),
    Case(
        "writes stall without end; logging 1,000 and `close()` return",
        """
        log(0, 100); writer.flush()
        order("write", "stall")
        log(100, 1100)
        writer.close()
        heal()
     """,
        1100,
        "faulty",
    ),
    Case(
        "the directory is removed while it is logged to",
        """
        shutil.rmtree(logdir); log(0, 1000, 0.001); writer.close()
     """,
        1000,
    ),
    Case(
        "files may have 20,000 bytes (`RLIMIT_FSIZE`)",
        """
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
        log(0, 1000, 0.001); writer.close()
     """,
        1000,
    ),
    Case(
        "an `add_scalars` tag of `../../x`",
        """
        writer.add_scalars("../../x", {"k": 1.0}, 0); writer.close()
     """,
        1,
    ),
]
