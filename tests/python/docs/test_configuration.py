"""The guide to variables has every one of them, as the package says it."""

import re
from pathlib import Path

from tensorbolt._variables import TABLE, WITHOUT

PAGE = Path(__file__).parents[3] / "docs" / "guides" / "configuration.md"


def rows(head):
    """The cells of the rows below a head."""
    text = PAGE.read_text(encoding="utf-8").partition(head)[2]
    lines = re.match(r"\n\|[-|]+\n((?:\|.*\n)+)", text)[1].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_table_is_that_of_the_package():
    expected = [
        [
            f"`{variable.name}`",
            f"`{variable.option}`" if variable.option else "",
            variable.takes,
            variable.remark,
        ]
        for variable in TABLE
    ]
    assert rows("| variable | option | must be | remark |") == expected


def test_what_has_no_variable_is_that_of_the_package():
    expected = [[f"`{option}`", why] for option, why in WITHOUT.items()]
    assert rows("| option | why |") == expected
