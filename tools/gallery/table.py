"""The pictures of the gallery, in the order of its page."""

from tools.gallery.pictures import media, models, numbers, programs

PICTURES = [
    *numbers.PICTURES,
    *media.PICTURES,
    *models.PICTURES,
    *programs.PICTURES,
]
