"""The values of options that are one of a few words."""

ON_ERROR = "warn", "raise"
ON_FULL = "block", "drop"
IMAGE_COMPRESSION = "fast", "balanced", "high"
DEVICE_VALUES = "async", "wait"
RANKS = "first", "all", "reduce"
