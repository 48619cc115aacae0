"""What a fault proxy can do to requests, and what it notes of each."""

from dataclasses import dataclass

REFUSALS = {
    "SlowDown": (503, "Please reduce your request rate."),
    "ExpiredToken": (400, "The provided token has expired."),
    "AccessDenied": (403, "Access Denied"),
    "NoSuchBucket": (404, "The specified bucket does not exist"),
}
"""Status and message of the answers that the proxy gives by itself, as Amazon's documentation has them."""


@dataclass(frozen=True)
class Faults:
    """What becomes of requests from now on; shares are drawn from a generator with the seed `seed`."""

    latency: float = 0.0
    """Seconds before each request is looked at."""
    slow_down: float = 0.0
    """Share of requests that are answered 503 SlowDown; the store does not see them."""
    reset: float = 0.0
    """Share of requests whose connection is reset in the middle of the body; the store does not see them."""
    lost: float = 0.0
    """Share of requests that the store carries out, and whose answer is lost: the connection is reset instead."""
    refuse: str | None = None
    """Code of an answer to all requests, one of `REFUSALS`; the store does not see them."""
    status: int | None = None
    """Status of that answer, where it is not the usual one."""
    key_uses: int | None = None
    """Requests that one access key may make; later ones are answered ExpiredToken."""
    black_hole: bool = False
    """Connections are accepted and read, and no request is answered, until faults change; then they are closed."""
    methods: frozenset[str] | None = None
    """Methods that the faults apply to; None for all."""
    after: int = 0
    """Requests of these methods that pass before the faults begin."""
    seed: int = 1


@dataclass(frozen=True)
class Request:
    """A line of the log."""

    method: str
    path: str
    """Decoded, without the query: `/bucket/key` for S3."""
    query: str
    size: int
    """Bytes of the body; of a request that is cut off, the bytes that were read of it."""
    status: int | None
    """Status of the answer; None where the proxy gives none."""
    fault: str | None
    """Name of the fault that befell it: a code of `REFUSALS`, "reset", "lost", "black hole", or "gone" where the client left."""
    begin: float
    """Monotonic time, in seconds, at which its head was read."""
    end: float
    """The time just before it was answered or given up."""
    answered: int = 0
    """Bytes of the answer's body."""
    access_key: str | None = None
    """Of its signature, if it has one."""

    @property
    def key(self) -> str:
        """The object's key, where the path begins with a bucket."""
        return self.path.lstrip("/").partition("/")[2]

    @property
    def done(self) -> bool:
        """Whether the store carried it out and says so to the client."""
        return self.status is not None and 200 <= self.status < 300
