"""The table of `docs/architecture.md` that says which part of the core may use which is what the code does."""

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CORE = ROOT / "rust" / "core"
USE = re.compile(r"\bcrate::(\{[^;]*\}|\w+)")
SHORT = {"Error": "error", "Result": "error"}
"""Names that the crate's root passes on."""


def parts():
    """The directories and files of the core, by name."""
    names = {path.stem for path in CORE.iterdir() if path.suffix in ("", ".rs")}
    return names - {"lib"}


def uses():
    """From part to the parts that its code outside of tests names."""
    found = defaultdict(set)
    for path in CORE.rglob("*.rs"):
        part = path.relative_to(CORE).parts[0].removesuffix(".rs")
        code = path.read_text(encoding="utf-8").split("#[cfg(test)]")[0]
        for group in USE.findall(code):
            names = re.findall(r"(?:^|[{,])\s*(\w+)", group) or [group]
            found[part] |= {SHORT.get(name, name) for name in names} - {part}
    return {part: found[part] & parts() for part in parts()}


def documented():
    """From part to the parts that the page's table allows."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page.split("## Who may use whom in the core")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE)
    return {part: set(re.findall(r"`(\w+)`", allowed)) for part, allowed in rows}


def test_the_table_of_parts_is_what_the_code_does():
    assert documented() == uses()


def test_the_parts_form_no_circle():
    left = uses()
    while free := {part for part, used in left.items() if not used & left.keys()}:
        for part in free:
            del left[part]
    assert not left
