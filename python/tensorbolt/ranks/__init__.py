"""Ranks of a job: which one this process is, and what of it is logged."""

VARIABLE = "TENSORBOLT_RANKS"
"""Has the option `ranks` for writers that are not given one."""

WINDOW_VARIABLE = "TENSORBOLT_REDUCE_WINDOW"
"""Has the seconds that a step waits for ranks that have not logged it, with `ranks="reduce"`."""

CHOICES = "first", "all", "reduce"
"""Values of the option."""
