"""What Aim made of a log directory: run as a script in a process of its own, it prints one line for each value.

Aim's reader of its own storage keeps files open until the process ends.
"""

import sys

from aim import Repo

SEQUENCES = ("metrics", "images", "audios")


def lines(directory: str) -> list[str]:
    """Return names, contexts, steps and values of a repository's sequences."""
    found = []
    for run in Repo(directory).iter_runs():
        for sequences in SEQUENCES:
            for sequence in getattr(run, sequences)():
                steps, values = sequence.data.items_list()
                print(steps, values)
    return sorted(found)


if __name__ == "__main__":
    print("\n".join(lines(sys.argv[1])))
