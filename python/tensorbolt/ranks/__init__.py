"""Ranks of a job: which one this process is, and what of it is logged."""
