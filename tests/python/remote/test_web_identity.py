"""A role that a token file names, as in a container of Kubernetes: its keys expire, and a run goes on with new ones.

moto's STS gives the keys. A front with TLS stands before it, because the client asks no STS without it. It asks for keys that have
to be renewed as soon as they are there, so that each request needs new ones.
"""

import datetime
import http.client
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.python.remote.objects import download, only_moto, open_writer, steps

ROTATIONS = 8
SECONDS = 300
"""Keys are renewed when they have this left."""


class Front(BaseHTTPRequestHandler):
    """Passes requests on to moto, as if they asked for shorter lives of keys."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_POST(self) -> None:
        asked = {key: one for key, (one,) in parse_qs(urlsplit(self.path).query).items()}  # fmt: skip
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.tokens.append(asked["WebIdentityToken"])
        asked["DurationSeconds"] = str(SECONDS)
        upstream = http.client.HTTPConnection(self.server.upstream)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        upstream.request("POST", "/", urlencode(asked), form)
        answer = upstream.getresponse()
        body = answer.read()
        upstream.close()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """The front, with the tokens that it was shown."""

    def __init__(self, upstream: str, certificate: Path) -> None:
        super().__init__(("127.0.0.1", 0), Front)
        self.upstream, self.tokens = upstream, list[str]()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True)


def make_certificates(authority: Path, server: Path) -> None:
    """Write the certificate of an authority, and a key with a certificate of that for this machine."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        for name in ("authority", "sts")
    ]
    now, day = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(1)
    host = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = [
        x509.CertificateBuilder(
            names[0], names[n], keys[n].public_key(), n + 1, now - day, now + day
        )
        .add_extension(x509.BasicConstraints(n == 0, None), critical=True)
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .sign(keys[0], hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
        for n in range(2)
    ]
    private = keys[1].private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    authority.write_bytes(made[0])
    server.write_bytes(private + made[1])


@pytest.fixture
def sts(
    amazon: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    only_moto("gives the keys of a role")
    authority, certificate = tmp_path / "authority.pem", tmp_path / "sts.pem"
    make_certificates(authority, certificate)
    with Server(urlsplit(amazon).netloc, certificate) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        yield server
        server.shutdown()


def test_nothing_is_lost_while_the_keys_of_a_role_rotate(
    cloud, sts, tmp_path, monkeypatch, recwarn
):
    token = tmp_path / "token"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/logger",
        "AWS_ENDPOINT_URL_STS": f"https://127.0.0.1:{sts.server_port}",
    }.items():
        monkeypatch.setenv(name, value)
    token.write_text("token 0")
    step = 0
    with open_writer(f"s3://{cloud.bucket}/run") as writer:
        while len(set(sts.tokens)) <= ROTATIONS:
            # The platform renews the file.
            token.write_text(f"token {step}")
            writer.add_scalar("s", step, step)
            writer.flush(remote=True)
            step += 1
        assert writer.stats()["dropped"] == 0
    assert not [one for one in recwarn if "tensorbolt" in str(one.message)]
    log = download(cloud.client, cloud.bucket, "run", tmp_path / "log")
    assert steps(log, "s") == list(range(step))
