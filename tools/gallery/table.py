"""The screenshots of the gallery, in the order of its page."""

from tools.gallery.screenshots import media, models, numbers, programs

SCREENSHOTS = [
    *numbers.SCREENSHOTS,
    *media.SCREENSHOTS,
    *models.SCREENSHOTS,
    *programs.SCREENSHOTS,
]
