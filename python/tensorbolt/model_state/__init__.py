"""Running a PyTorch model to look at it, and putting it back as it was.

`add_graph` and the functions of `tensorbolt.insight` run models that are being trained, so all of them run inside
`unchanged.unchanged`.
"""
