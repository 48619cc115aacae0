"""`credential_provider` of `storage_options`: a function of the program that gives credentials for uploads."""

import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.python.remote.objects import download, objects, only_moto, open_writer, steps
from tools.fault_proxy.faults import Faults

from tensorbolt._credentials import ask
from tensorbolt._store_settings import environment


class Keys:
    """Gives another key at each call, and remembers which threads called."""

    def __init__(self, life=3600.0):
        only_moto("takes any keys")
        self.life, self.calls, self.threads = life, 0, set()

    def __call__(self):
        self.calls += 1
        self.threads.add(threading.get_ident())
        keys = {
            "aws_access_key_id": f"key{self.calls}",
            "aws_secret_access_key": "secret",
            "aws_session_token": "token",
        }
        return keys, time.time() + self.life


def open_with(cloud, provider, run="run", **keywords):
    """Open a writer whose only credentials are those that this function gives."""
    return open_writer(
        f"s3://{cloud.bucket}/{run}",
        storage_options={"credential_provider": provider},
        **keywords,
    )


def found(cloud, tmp_path):
    """The steps of the tag "s" in the store."""
    return steps(download(cloud.client, cloud.bucket, "run", tmp_path / "log"), "s")


def until(condition):
    """Wait until it is true."""
    deadline = time.monotonic() + 100
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_keys_that_the_store_refuses_are_renewed_by_the_thread_that_waits(
    cloud, tmp_path
):
    cloud.proxy.set(Faults(key_uses=2))
    keys = Keys()
    with open_with(cloud, keys) as writer:
        for step in range(6):
            writer.add_scalar("s", step, step)
            writer.flush(remote=True)
        assert writer.stats()["errors"] == 0
    assert keys.calls >= 3
    assert keys.threads == {threading.get_ident()}
    assert found(cloud, tmp_path) == list(range(6))


def test_keys_are_renewed_before_they_expire_by_a_call_that_logs(cloud, tmp_path):
    keys = Keys(life=2.0)
    logged = 0

    def renewed():
        nonlocal logged
        writer.add_scalar("s", logged, logged)
        logged += 1
        return keys.calls >= 3

    with open_with(cloud, keys) as writer:
        until(renewed)
    assert keys.threads == {threading.get_ident()}
    assert found(cloud, tmp_path) == list(range(logged))


def test_writers_with_one_function_ask_it_once(cloud):
    keys = Keys()
    with open_with(cloud, keys, "a") as one, open_with(cloud, keys, "b") as other:
        one.add_scalar("s", 1)
        other.add_scalar("s", 1)
    assert keys.calls == 1
    assert len(objects(cloud.client, cloud.bucket)) == 2


def test_a_function_that_fails_is_warned_of_once_and_events_wait(cloud, spool):
    def provider():
        raise LookupError("log in again")

    with pytest.warns(RuntimeWarning) as warned:
        writer = open_with(cloud, provider, stall_timeout=0.5)
        for step in range(100):
            writer.add_scalar("s", step, step)
        writer.close()
    said = [str(one.message) for one in warned]
    assert sum("log in again" in text for text in said) == 1
    assert "tensorbolt push" in said[-1]
    assert cloud.proxy.log() == []
    (log,) = spool.glob("*/log")
    assert steps(log, "s") == list(range(100))


def test_what_a_function_raises_beyond_errors_passes(cloud):
    def provider():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_with(cloud, provider)


def test_a_function_of_polars(cloud, tmp_path):
    polars = pytest.importorskip("polars")
    # Its keys come from the environment, from which the uploader takes none where there is a function.
    with open_with(cloud, polars.CredentialProviderAWS()) as writer:
        writer.add_scalar("s", 1, 1)
        assert writer.stats()["errors"] == 0
    assert found(cloud, tmp_path) == [1]


def test_a_token_for_google():
    sent = []

    class Store(BaseHTTPRequestHandler):
        def do_PUT(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            sent.append(self.headers["Authorization"])
            self.send_response(200)
            self.send_header("ETag", "x")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    options = {
        "google_base_url": f"http://127.0.0.1:{server.server_port}",
        "credential_provider": lambda: {"bearer_token": "ours"},
    }
    with open_writer("gs://bucket/run", storage_options=options) as writer:
        writer.add_scalar("s", 1)
    server.shutdown()
    thread.join()
    server.server_close()
    assert set(sent) == {"Bearer ours"}


def test_a_provider_that_is_no_function(cloud):
    with pytest.raises(TypeError, match="must be a function") as raised:
        open_with(cloud, "secret-key")
    assert "secret-key" not in str(raised.value)


def test_the_forms_in_which_credentials_come():
    soon = datetime.now(timezone.utc) + timedelta(hours=1)
    for given in [
        ({"a": "b", "none": None}, soon.timestamp()),
        ({"a": "b"}, soon),
        {"a": "b", "expires_at": soon},
    ]:
        pairs, life = ask(lambda given=given: given)
        assert pairs == [("a", "b")]
        assert 3500 < life <= 3600
    for given in [{"a": "b"}, ({"a": "b"}, None), {"a": "b", "expires_at": None}]:
        assert ask(lambda given=given: given) == ([("a", "b")], None)


@pytest.mark.parametrize(
    ("given", "kind", "says"),
    [
        (None, TypeError, "must return a dict"),
        ({"a": 5}, TypeError, "'a' has a value of type int"),
        (({}, "tomorrow"), TypeError, "an expiry in seconds"),
        (({}, datetime(2100, 1, 1)), TypeError, "with a time zone"),
        (({}, 1.0), ValueError, "expired"),
    ],
)
def test_wrong_credentials(given, kind, says):
    with pytest.raises(kind, match=says):
        ask(lambda: given)


def test_a_token_of_the_environment_is_not_used_with_other_keys(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.setenv(name, "x")
    names = dict(environment({}, has_provider=True)).keys()
    assert "AWS_REGION" in names
    assert not names & {"AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"}
