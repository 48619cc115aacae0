"""TensorBoard on an address of a store while the log grows there: each point once, however many objects hold it."""

from tensorboard.backend.event_processing.plugin_event_multiplexer import (
    EventMultiplexer,
)
from tensorboard.compat.tensorflow_stub.io import gfile
from tests.python.remote.objects import objects, open_writer


def test_tensorboard_follows_a_log_that_grows(cloud, monkeypatch):
    # TensorBoard reads S3_ENDPOINT when it is imported, which other tests have done.
    amazon = gfile.get_filesystem("s3://")
    monkeypatch.setattr(amazon, "_s3_endpoint", cloud.environment["S3_ENDPOINT"])
    address = f"s3://{cloud.bucket}/logs"
    # All points, no sample of them.
    board = EventMultiplexer(tensor_size_guidance={"scalars": 0})
    with open_writer(f"{address}/run") as writer:
        for part in range(5):
            for step in range(part * 1000, (part + 1) * 1000):
                writer.add_scalar("s", step, step)
            writer.flush(remote=True)
            board.AddRunsFromDirectory(address)
            board.Reload()
            points = [event.step for event in board.Tensors("run", "s")]
            assert points == list(range((part + 1) * 1000))
        writer.add_scalar("s", 5000, 5000)
    board.AddRunsFromDirectory(address)
    board.Reload()
    points = [event.step for event in board.Tensors("run", "s")]
    assert points == list(range(5001))
    assert len(objects(cloud.client, cloud.bucket, "logs/run/")) > 1
