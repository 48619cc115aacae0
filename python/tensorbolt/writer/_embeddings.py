"""Embeddings: points, labels and images for the projector."""

from typing import Any

from tensorbolt import _arrays
from tensorbolt._arguments import check_tag
from tensorbolt._warnings import MAX_NOTICES, logger
from tensorbolt.writer._base import WriterBase
from tensorbolt.writer._images import RANGE_WARNINGS


class EmbeddingMethods(WriterBase):
    """The method that logs embeddings."""

    # Tags and steps written so far.
    _embedded: frozenset[tuple[str, int]] = frozenset()

    def add_embedding(
        self,
        mat: Any,
        metadata: Any = None,
        label_img: Any = None,
        global_step: Any = None,
        tag: str = "default",
        metadata_header: Any = None,
        *,
        binary: bool = False,
    ) -> None:
        """Log points of many dimensions, for TensorBoard's projector.

        An embedding is not an event, but files in the directory `<step>/<tag>` of the log directory, with an entry in its
        `projector_config.pbtxt`. Entries of other writers, threads and processes stay; an entry of the same tag and step
        is replaced.

        The arrays are copied within the call, and another thread writes the files. If points, images and labels take
        at most 4 MiB, the call waits for the files: for a second at most, should the store be slow. Larger embeddings
        are on disk after `flush`.

        Args:
            mat: N×D numbers, a row for each point. Written with as few digits as read back exactly; booleans are 0 and
                1. TensorBoard takes them as float32 and shows the first 100,000 points.
            metadata: N labels, or, with `metadata_header`, N rows of labels; anything with a text, also an array or
                tensor. Or a table that has names of its columns: a data frame, a mapping of column to N values, a list of
                N mappings. Tabs and line breaks become spaces, and labels of nothing but blanks `(empty)`: the projector
                would skip the line and shift all others.
            label_img: N×C×H×W images, or a list of N images; C and the range of values as for `add_image`. Their grid,
                of as many rows as columns, may have 8192 pixels a side.
            global_step: Step of these points; `None` is 0. A number of five digits names the directory.
            tag: Name of the embedding, shown as `tag:step`.
            metadata_header: Names of the columns of `metadata`; of a table those to show, or new ones for all. That of a
                single column is left out of the file, since the projector would take it for a label.
            binary: Write the numbers as float32 to `tensors.bytes` instead of `tensors.tsv`: TensorBoard opens large
                ones many times faster. Numbers that would pass for text (few, or nothing but zeros) are written as text
                all the same.

        Raises:
            TypeError: `mat` or `label_img` is no array of numbers, or `metadata` or its header no list, or one
                without an order.
            ValueError: A label is not valid Unicode text, a mapping holds no columns, rows have not the same keys, or
                `tag` is too long for a directory's name.
            ShapeError: `mat` is not N×D or is empty, or there is not one label or image for each row, or not one cell
                for each name; a `ValueError` and an `AssertionError`.
        """
        tag = check_tag(tag)
        points, bfloat16 = _arrays.array(mat, "mat")
        if metadata is None and metadata_header is not None:
            self._notices.once(
                "metadata_header",
                "add_embedding: metadata_header without metadata is ignored",
            )
        labels = None
        if metadata is not None:
            # Imported here: most programs need none of it.
            from tensorbolt.writer import _embedding_labels

            labels = _embedding_labels.table(metadata, metadata_header)
        images = None
        if label_img is not None:
            (data, is_bfloat16), layout = _arrays.images(label_img, "NCHW", "label_img")
            images = (data, is_bfloat16, layout)
        with self._numbered(global_step, tag) as step:
            outcome = self._write(
                lambda events: events.add_embedding(
                    tag,
                    step,
                    points,
                    bfloat16,
                    bool(binary),
                    labels,
                    images,
                    self.image_compression,
                ),
                events=False,
            )
        if (tag, step) in self._embedded:
            logger().warning(
                "the embedding %r of step %d is written again and replaces the former one; pass global_step to keep both",
                tag,
                step,
            )
        if len(self._embedded) < MAX_NOTICES:
            self._embedded |= {(tag, step)}
        if outcome.alert:
            self._report_problems()
        if outcome.remark is not None and images is not None:
            self._notices.once(
                f"{outcome.remark} {tag}",
                RANGE_WARNINGS[outcome.remark].format(
                    what="label_img of", tag=tag, dtype=images[0].dtype
                ),
            )
