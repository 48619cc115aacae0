"""Finds, follows, checks and repairs event files, and starts TensorBoard for them."""
