"""Code that uses what people reach through a writer passes a strict type checker."""

from mypy import api

USER = """
from tensorbolt import FileWriter, SummaryWriter


class Own(SummaryWriter):
    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self.mine = 1


def use(folder: str, summary: object) -> str:
    with Own(folder) as writer:
        writer.add_scalar("s", writer.mine, 1)
        writer.file_writer.add_summary(summary, 1)
        writer.file_writer.event_writer.flush()
        writer._get_file_writer().add_summary(summary)
        for file in writer.all_writers.values():
            file.flush()
        writer.all_writers["sub"] = FileWriter(folder, writer.max_queue)
        writer.add_observer(lambda event, directory: print(event.step, directory))
        return str(list(writer.all_writers)[0])
"""


def test_user_code_type_checks(tmp_path):
    source = tmp_path / "user.py"
    source.write_text(USER, encoding="utf-8")
    said, _, status = api.run(
        ["--strict", "--cache-dir", str(tmp_path / "cache"), str(source)]
    )
    assert status == 0, said
