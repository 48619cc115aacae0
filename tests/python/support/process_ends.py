"""Ways for a program to end whose source has `writer`, which logged the tag "parent", and `child()`, which logs "child"."""

#: The last lines of the program, and the tags that its log has then.
ENDS = [
    ("", {"parent"}),
    ("if os.fork() == 0:\n    child()\n    sys.exit()\nos.wait()", {"parent", "child"}),
    (
        "p = multiprocessing.get_context('fork').Process(target=child); p.start(); p.join()",
        {"parent", "child"},
    ),
]
