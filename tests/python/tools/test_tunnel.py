"""The line that `tensorbolt view` gives for a tunnel, followed as by a user at another machine."""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncssh
from tests.python.support.helpers import said_until, wait_until
from tests.python.support.machine import needs

import tensorbolt
from tensorbolt import SummaryWriter


class Server(asyncssh.SSHServer):
    """Lets in every owner of the key, to go on to this machine's ports."""

    def connection_requested(self, dest_host, dest_port, orig_host, orig_port):
        return dest_host == "localhost"


@contextmanager
def ssh_server(keys):
    """Serve SSH to the owner of the key `keys/id`; the port."""
    loop = asyncio.new_event_loop()

    async def listen():
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Server,
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            authorized_client_keys=str(keys / "id.pub"),
        )

    async def close():
        server.close()
        await server.wait_closed()

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(listen(), loop).result(60)
        try:
            yield server.get_port()
        finally:
            asyncio.run_coroutine_threadsafe(close(), loop).result(60)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def started(command, **options):
    """A process that is ended as by Ctrl-C."""
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            finally:
                process.kill()


def free_port():
    """A port that is free now; another program may take it before it is used."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def runs_over(port):
    """The runs that a page shows, or `None` while there is none."""
    url = f"http://127.0.0.1:{port}/data/runs"
    with suppress(OSError), urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def leads_to(tunnel, port, runs):
    """Whether the page with these runs is at the end of a tunnel; false if its port was taken by then."""
    with started(tunnel) as ssh:
        wait_until(lambda: ssh.poll() is not None or runs_over(port) == runs)
        return ssh.poll() is None


def test_the_tunnel_that_is_said_leads_to_the_page(tmp_path):
    needs(shutil.which("ssh"), "tunnels need SSH's client", "openssh-client")
    with SummaryWriter(tmp_path / "runs" / "afar") as writer:
        writer.add_scalar("loss", 0.5, 1)
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(tmp_path / "id"))
    (tmp_path / "id").chmod(0o600)
    key.write_public_key(str(tmp_path / "id.pub"))
    view = [sys.executable, "-m", "tensorbolt", "view", str(tmp_path / "runs")]
    with ssh_server(tmp_path) as port:
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(tensorbolt.__file__).parents[1]),
            # As a server says who came to it, and where.
            "SSH_CONNECTION": f"127.0.0.1 50022 127.0.0.1 {port}",
        }
        with started(
            [*view, "--port", "0", "--no-browser"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        ) as server:
            said = said_until(server.stderr, "Ctrl-C ends it.")
            line = re.search(r"ssh -N -L (\d+)(:localhost:\d+ .*)", said)
            # Both ends are this machine, so the first port is taken, and another must be chosen.
            # No question is asked, and nothing of this machine's user counts.
            quiet = ["-F", os.devnull, "-o", "BatchMode=yes", "-i", tmp_path / "id"]
            quiet += ["-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no"]
            quiet += ["-o", f"UserKnownHostsFile={os.devnull}", "-o", "LogLevel=ERROR"]
            # A tunnel whose port is taken ends, and another port is tried. Of "localhost", which may be two
            # addresses, it would go on with the other.
            quiet += ["-o", "ExitOnForwardFailure=yes"]
            for _ in range(5):
                mine = free_port()
                tunnel = shlex.split(f"ssh -N -L 127.0.0.1:{mine}{line[2]}")
                if leads_to([tunnel[0], *quiet, *tunnel[1:]], mine, ["afar"]):
                    return
            raise AssertionError("ssh has ended five times")
