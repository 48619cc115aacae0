"""Videos."""

from typing import Any

from tensorbolt import _arrays
from tensorbolt._arguments import check_tag
from tensorbolt.writer._base import WriterBase
from tensorbolt.writer._images import RANGE_WARNINGS, check_dataformats


class VideoMethods(WriterBase):
    """The method that logs videos."""

    def add_video(
        self,
        tag: str,
        vid_tensor: Any,
        global_step: Any = None,
        fps: float = 4,
        walltime: float | None = None,
        dataformats: str = "NTCHW",
    ) -> None:
        """Log a video as an animated GIF, which TensorBoard shows among the images.

        The video is copied within the call and encoded on other threads. A frame of at most 256 colours is exact, others
        get 256 colours of their own. `image_compression` does not matter here.

        Args:
            tag: Name of the series; a slash makes a group.
            vid_tensor: An array, tensor or nested list with 1 to 4 channels (grey, grey and alpha, RGB, RGBA) and
                values as for `add_image`. Transparent pixels show white.
            global_step: Step of this video.
            fps: Frames per second, fractions allowed. GIF counts in hundredths of a second: a frame lasts 100 / fps of
                them, cut to a whole number and at least 2.
            walltime: Seconds since the epoch; `None` is now.
            dataformats: Which axis is which: the letters N (batch), T (frame), C (channel), H (row) and W (column) in
                any order, such as `"NTCHW"`, `"TCHW"`, `"THWC"` or `"THW"`. A batch becomes a grid whose number of cells
                is the next power of two, 2 rows of 4 for 5 to 8 videos; cells without a video are black, or white with an
                alpha channel.

        Raises:
            TypeError: `vid_tensor` is no array of numbers, or `fps` no number.
            ValueError: `fps` is not positive and finite, or a frame would last longer than GIF's 655 seconds.
            ShapeError: The shape does not fit `dataformats`, or a side of the grid has more than 65,535 pixels; a
                `ValueError` and an `AssertionError`.
        """
        tag, seconds = check_tag(tag), self._wall_time(walltime)
        check_dataformats(dataformats, "N, T, C, H and W", "NTCHW")
        data, bfloat16 = _arrays.array(vid_tensor, "vid_tensor")
        rate = _arrays.number(fps, "fps")
        outcome = self._emit_numbered(
            global_step,
            tag,
            lambda events, step: events.add_video(
                tag, data, bfloat16, dataformats, rate, step, seconds
            ),
        )
        if outcome.remark is not None:
            self._notices.once(
                f"{outcome.remark} {tag}",
                RANGE_WARNINGS[outcome.remark].format(
                    what="video", tag=tag, dtype=data.dtype
                ),
            )
