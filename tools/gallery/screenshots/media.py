"""Screenshots of images, audio and text."""

from tools.gallery import media
from tools.gallery.screenshot import Screenshot

SCREENSHOTS = [
    Screenshot(
        "images",
        "Images and grids",
        "images",
        "Images",
        "Photos, a series with a slider, a batch of digits as a grid, and a list of images as one grid.",
        media.images(5),
        height=1320,
    ),
    Screenshot(
        "boxes",
        "Images with boxes",
        "boxes",
        "Images",
        "Digits found in a larger image. Each box has the digit that the model read.",
        media.images(1, real_size=True),
        height=900,
    ),
    Screenshot(
        "figures",
        "Matplotlib figures",
        "figures",
        "Images",
        "Confusion matrices of three models as a grid, and their ROC curves.",
        media.images(2, real_size=True),
        height=1500,
        width=1340,
    ),
    Screenshot(
        "video",
        "Video",
        "video",
        "Images",
        "Weights during training as videos: all ten digits in colour, and a batch of eight videos.",
        media.images(2, real_size=True),
        height=1100,
    ),
    Screenshot(
        "audio",
        "Audio",
        "audio",
        "Audio",
        "A scale and a series of chords of plucked strings, and a tone that moves from left to right in stereo.",
        media.audio(3),
    ),
    Screenshot(
        "text",
        "Text and tables",
        "text",
        "Text",
        "Markdown: a heading, a list and code, a table of scores, and a table of settings.",
        media.texts(
            ["notes", "report", "settings"],
            "Why neighbours?",
            "precision",
            "nearest neighbours",
        ),
        height=1600,
    ),
]
