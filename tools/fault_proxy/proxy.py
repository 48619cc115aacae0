"""A proxy before an object store's server: faults that a program switches on and off, and a log of all requests.

It passes plain HTTP on unchanged, `Host` included, so that signatures stay valid. Each request is read as a whole, then
sent; so a store has either all of a request or nothing of it.
"""

import threading
from urllib.parse import urlsplit

from tools.fault_proxy.control import Control
from tools.fault_proxy.handler import Handler, Server


class FaultProxy(Control):
    """A proxy on a free port of this machine; a context.

    Args:
        store: Address of the store's server, such as `http://127.0.0.1:5000`.

    Raises:
        ValueError: `store` is no such address.
    """

    def __init__(self, store: str) -> None:
        parts = urlsplit(store)
        if parts.scheme != "http" or not parts.hostname or not parts.port:
            raise ValueError(f"store is {store!r}; give http://HOST:PORT")
        super().__init__()
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.control = self
        self._server.store = (parts.hostname, parts.port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    def __enter__(self) -> "FaultProxy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._server.shutdown()
        self._server.end_connections()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where clients find the store through the proxy."""
        return f"http://127.0.0.1:{self._server.server_port}"
