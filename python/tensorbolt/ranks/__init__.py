"""Ranks of a job: which one this process is, and what of it is logged."""

VARIABLE = "TENSORBOLT_RANKS"
"""Has the option `ranks` for writers that are not given one."""

CHOICES = "first", "all"
"""Values of the option."""
