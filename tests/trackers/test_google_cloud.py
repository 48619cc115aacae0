"""SummaryWriter over Google Cloud Storage, with Google's own client."""

import http.server
import json
import threading
import urllib.parse

import pytest
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

import tensorbolt


class Google(http.server.BaseHTTPRequestHandler):
    """As much of Google's upload protocol as writing an object takes; an unexpected generation is refused."""

    def do_POST(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        boundary = self.headers["Content-Type"].split("boundary=")[1].strip('"').encode()  # fmt: skip
        head, data = body.split(b"--" + boundary)[1:3]
        name = json.loads(head.split(b"\r\n\r\n", 1)[1])["name"]
        data = data.split(b"\r\n\r\n", 1)[1][:-2]
        objects = self.server.objects
        generation = len(objects.get(name, ()))
        right = query["ifGenerationMatch"] == [str(generation)]
        if right:
            objects.setdefault(name, []).append(data)
        answer = json.dumps({"name": name, "generation": str(generation + 1)}).encode()
        self.send_response(200 if right else 412)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


# What the client warns of when it is imported is its own affair.
@pytest.mark.filterwarnings("default")
def test_google_cloud_storage(tmp_path, monkeypatch):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Google)
    server.objects = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv(
        "STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.server_port}"
    )
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "test")
    try:
        with tensorbolt.SummaryWriter("gs://bucket/some/run") as writer:
            for step in range(3):
                writer.add_scalar("s", step, step)
                writer.flush()
    finally:
        server.shutdown()
        server.server_close()
    ((name, versions),) = server.objects.items()
    assert name.startswith("some/run/events.out.tfevents.")
    assert len(versions) == 4
    (tmp_path / "events.out.tfevents.1").write_bytes(versions[-1])
    events = EventFileLoader(str(tmp_path / "events.out.tfevents.1")).Load()
    assert [event.step for event in events if event.summary.value] == [0, 1, 2]
