"""Support for other code that replaces or watches parts of the writers: imports, classes, methods, private attributes."""
