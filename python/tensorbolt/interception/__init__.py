"""What lets other code replace or watch parts of the writers: imports, classes, methods and private attributes."""
