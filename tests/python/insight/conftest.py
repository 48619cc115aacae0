"""A writer that keeps the figures it logs, so that tests can ask them for their texts and numbers."""

import pytest
from tests.python.support.helpers import scalars, values

import tensorbolt


class Keeping(tensorbolt.SummaryWriter):
    """Logs as any writer does, and remembers figures by tag."""

    figures: dict

    def add_figure(self, tag, figure, *args, **kwargs):
        self.figures = {**getattr(self, "figures", {}), tag: figure}
        super().add_figure(tag, figure, *args, **kwargs)

    def texts(self, tag):
        """All texts of a figure, its axes' too, each in one line however it was broken."""
        figure = self.figures[tag]
        found = [text.get_text() for text in figure.texts]
        for axes in figure.axes:
            found += [axes.get_title(), *(text.get_text() for text in axes.texts)]
        return "\n".join(text.replace("\n", " ") for text in found)

    def written(self):
        """Tag, step and message of all that is in the file."""
        self.flush()
        return values(self.log_dir)

    def scalars(self):
        """From tag to step and number of each scalar in the file."""
        self.flush()
        return {tag: (step, number) for tag, step, number in scalars(self.log_dir)}


@pytest.fixture
def writer(logdir):
    with Keeping(logdir) as writer:
        yield writer
