"""Insight into models: one call each for the hooks and figures that people write by hand, with any writer.

Every function takes a writer first, and never changes the model it looks at: its parameters, buffers, gradients, modes,
hooks and the state of torch's random numbers are afterwards what they were before. Importing this package imports
neither torch nor matplotlib; a function imports what it needs when it is called. `pip install 'tensorbolt[insight]'`
installs all of it.

Functions that write scalars return their numbers by tag, all others the tags they wrote.
"""

from tensorbolt.insight._activation_stats import add_activation_stats
from tensorbolt.insight._confusion_matrix import add_confusion_matrix
from tensorbolt.insight._feature_maps import add_feature_maps
from tensorbolt.insight._gradcam import add_gradcam
from tensorbolt.insight._gradient_norms import add_gradient_norms
from tensorbolt.insight._image_predictions import add_image_predictions
from tensorbolt.insight._kernels import add_kernels
from tensorbolt.insight._learning_rate import add_learning_rate
from tensorbolt.insight._model_summary import add_model_summary
from tensorbolt.insight._roc_curve import add_roc_curve

__all__ = [
    "add_activation_stats",
    "add_confusion_matrix",
    "add_feature_maps",
    "add_gradcam",
    "add_gradient_norms",
    "add_image_predictions",
    "add_kernels",
    "add_learning_rate",
    "add_model_summary",
    "add_roc_curve",
]
