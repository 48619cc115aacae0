"""Checks of the tree that no linter makes; `make lint` runs them."""
