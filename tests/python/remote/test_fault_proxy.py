"""The fault proxy itself, between boto3 and moto: all other tests of this directory rest on its faults and its log."""

import http.client
import socket
import threading
from contextlib import ExitStack, suppress

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    HTTPClientError,
)
from tests.python.remote.conftest import client_of
from tests.python.remote.objects import objects, only_moto
from tests.python.support.helpers import wait_until
from tools.fault_proxy.faults import Faults
from tools.fault_proxy.proxy import FaultProxy

BODY = bytes(range(256)) * 1000


@pytest.fixture
def through(cloud):
    """boto3's client, which goes through the proxy."""
    client = client_of(cloud.proxy.url)
    yield client
    client.close()


def put(client, cloud, key="a/b", body=BODY, **options):
    return client.put_object(Bucket=cloud.bucket, Key=key, Body=body, **options)


def test_requests_pass_and_are_counted(cloud, through):
    only_moto("lists names with a plus and a percent sign as it was asked to")
    put(through, cloud, "a/ä +%", b"abc")
    put(through, cloud, "a/empty", b"")
    got = through.get_object(Bucket=cloud.bucket, Key="a/ä +%", Range="bytes=1-")
    assert got["Body"].read() == b"bc"
    head = through.head_object(Bucket=cloud.bucket, Key="a/ä +%")
    assert head["ContentLength"] == 3
    with pytest.raises(ClientError, match="PreconditionFailed"):
        put(through, cloud, "a/ä +%", IfNoneMatch="*")
    through.delete_object(Bucket=cloud.bucket, Key="a/empty")
    assert objects(cloud.client, cloud.bucket) == {"a/ä +%": b"abc"}
    log = cloud.proxy.log()
    assert [(one.method, one.key, one.size, one.status) for one in log] == [
        ("PUT", "a/ä +%", 3, 200),
        ("PUT", "a/empty", 0, 200),
        ("GET", "a/ä +%", 0, 206),
        ("HEAD", "a/ä +%", 0, 200),
        ("PUT", "a/ä +%", len(BODY), 412),
        ("DELETE", "a/empty", 0, 204),
    ]
    assert all(one.fault is None and one.begin <= one.end for one in log)
    assert [one.done for one in log] == [True, True, True, True, False, True]
    assert len(cloud.proxy.log("PUT")) == 3
    cloud.proxy.clear()
    assert cloud.proxy.log() == []


def test_a_body_in_chunks(cloud):
    only_moto("takes requests without a signature")
    host, port = cloud.proxy.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    connection.request(
        "PUT", f"/{cloud.bucket}/x", iter([b"ab", b"cde"]), encode_chunked=True
    )
    assert connection.getresponse().status == 200
    connection.close()
    (request,) = cloud.proxy.log()
    assert request.size == 5
    assert objects(cloud.client, cloud.bucket) == {"x": b"abcde"}


@pytest.mark.parametrize(
    ("faults", "code", "status"),
    [
        (Faults(refuse="ExpiredToken"), "ExpiredToken", 400),
        (Faults(refuse="ExpiredToken", status=403), "ExpiredToken", 403),
        (Faults(refuse="AccessDenied"), "AccessDenied", 403),
        (Faults(refuse="NoSuchBucket"), "NoSuchBucket", 404),
        (Faults(refuse="SlowDown"), "SlowDown", 503),
        (Faults(slow_down=1), "SlowDown", 503),
    ],
    ids=lambda value: getattr(value, "refuse", None) or str(value).partition("(")[0],
)
def test_an_answer_of_the_proxy_itself(cloud, through, faults, code, status):
    cloud.proxy.set(faults)
    with pytest.raises(ClientError) as caught:
        put(through, cloud)
    assert caught.value.response["Error"]["Code"] == code
    (request,) = cloud.proxy.log()
    assert (request.status, request.size, request.done) == (status, len(BODY), False)
    assert objects(cloud.client, cloud.bucket) == {}
    cloud.proxy.heal()
    put(through, cloud)
    assert objects(cloud.client, cloud.bucket) == {"a/b": BODY}


def test_a_reset_in_the_middle_of_the_body(cloud, through):
    cloud.proxy.set(Faults(reset=1))
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        put(through, cloud)
    (request,) = cloud.proxy.log()
    assert (request.status, request.fault) == (None, "reset")
    assert request.size == len(BODY) // 2
    assert objects(cloud.client, cloud.bucket) == {}


def test_a_lost_answer_leaves_the_object(cloud, through):
    cloud.proxy.set(Faults(lost=1))
    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        put(through, cloud)
    (request,) = cloud.proxy.log()
    assert (request.status, request.fault) == (None, "lost")
    assert objects(cloud.client, cloud.bucket) == {"a/b": BODY}


def fates(cloud, through, faults):
    """What became of 60 requests, one after the other."""
    cloud.proxy.clear()
    cloud.proxy.set(faults)
    for _ in range(60):
        with suppress(ClientError, HTTPClientError):
            through.head_object(Bucket=cloud.bucket, Key="none")
    return [request.fault for request in cloud.proxy.log()]


def test_shares_are_drawn_from_the_seed(cloud, through):
    faults = Faults(slow_down=0.3, reset=0.1, lost=0.1, seed=3)
    first = fates(cloud, through, faults)
    assert fates(cloud, through, faults) == first
    assert set(first) == {"SlowDown", "reset", "lost", None}
    other = Faults(slow_down=0.3, reset=0.1, lost=0.1, seed=4)
    assert fates(cloud, through, other) != first


def test_faults_of_some_methods(cloud, through):
    cloud.proxy.set(Faults(refuse="AccessDenied", methods=frozenset({"PUT"})))
    with pytest.raises(ClientError, match="AccessDenied"):
        put(through, cloud)
    assert through.list_objects_v2(Bucket=cloud.bucket)["KeyCount"] == 0


def test_an_access_key_that_expires(cloud, through):
    cloud.proxy.set(Faults(key_uses=2))
    put(through, cloud)
    put(through, cloud)
    with pytest.raises(ClientError, match="ExpiredToken"):
        put(through, cloud)
    cloud.proxy.set(Faults(key_uses=1))
    put(through, cloud)


def test_latency(cloud, through):
    cloud.proxy.set(Faults(latency=0.2))
    put(through, cloud)
    (request,) = cloud.proxy.log()
    assert request.end - request.begin >= 0.2


def test_a_black_hole_takes_the_request_and_is_silent(cloud):
    cloud.proxy.set(Faults(black_hole=True))
    impatient = client_of(cloud.proxy.url, read_timeout=0.2)
    with pytest.raises(HTTPClientError):
        put(impatient, cloud, body=b"abc")
    impatient.close()
    # Which the client has left meanwhile.
    cloud.proxy.wait(len)
    (request,) = cloud.proxy.log()
    assert (request.status, request.fault) == (None, "black hole")
    assert cloud.proxy.held() == 0
    assert objects(cloud.client, cloud.bucket) == {}


def test_the_end_of_a_black_hole_closes_connections(cloud, through):
    cloud.proxy.set(Faults(black_hole=True))
    failures = []

    def work():
        try:
            put(through, cloud)
        except ConnectionClosedError as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(cloud.proxy.held)
    cloud.proxy.heal()
    thread.join(60)
    assert len(failures) == 1
    assert objects(cloud.client, cloud.bucket) == {}


def test_the_proxy_ends_with_clients_in_a_black_hole(amazon):
    with FaultProxy(amazon) as proxy:
        proxy.set(Faults(black_hole=True))
        client = client_of(proxy.url)

        def work():
            with pytest.raises(HTTPClientError):
                client.list_buckets()

        thread = threading.Thread(target=work)
        thread.start()
        wait_until(proxy.held)
    thread.join(60)
    assert not thread.is_alive()
    client.close()


def test_a_store_that_is_down():
    # No program can listen on this port: it belongs to this socket, which does not listen.
    with socket.socket() as taken, ExitStack() as stack:
        taken.bind(("127.0.0.1", 0))
        proxy = stack.enter_context(
            FaultProxy(f"http://127.0.0.1:{taken.getsockname()[1]}")
        )
        client = client_of(proxy.url)
        with pytest.raises(ClientError, match="502"):
            client.list_buckets()
        client.close()
        assert [request.status for request in proxy.log()] == [502]


def test_waiting_for_a_log_that_never_comes(amazon):
    with FaultProxy(amazon) as proxy, pytest.raises(TimeoutError, match="0 requests"):
        proxy.wait(len, timeout=0.01)


def test_wrong_arguments(amazon):
    for wrong in ("127.0.0.1:80", "https://host:443", "http://host"):
        with pytest.raises(ValueError, match="HOST:PORT"):
            FaultProxy(wrong)
    with FaultProxy(amazon) as proxy, pytest.raises(ValueError, match="SlowDown"):
        proxy.set(Faults(refuse="slow"))
