"""What MkDocs does beyond `mkdocs.yml`.

Pages link to files of the repository that are not part of the site; there they become names of files. The change log and the
texts of the command line have their one home elsewhere, and become pages here. A page that would load something from
another host is an error.
"""

import posixpath
import re
import subprocess
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tensorbolt.cli import COMMANDS

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[([^\]]*)\]\(((?!https?:|#)[^)#\s]+)(#[^)\s]*)?\)")
#: What a browser fetches by itself; plain links are for people.
LOADED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio)\b[^>]*?\ssrc=["']?(https?:)?//"""
    r"""|<link\b(?![^>]*rel=["']?(?:canonical|prev|next|alternate))[^>]*?\shref=["']?(https?:)?//""",
    re.IGNORECASE,
)
COMMAND = "<!-- help of the commands -->"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Make a page of the change log."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    files.append(
        File.generated(config, "changelog.md", content=text.replace("](docs/", "]("))
    )
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Have links that leave the site name the file, and put in the texts of the commands."""
    directory = posixpath.dirname(page.file.src_uri)

    def renamed(link: re.Match[str]) -> str:
        text, target, _ = link.groups()
        path = posixpath.normpath(posixpath.join("docs", directory, target))
        if path.startswith("docs/"):
            return link[0]
        if not (ROOT / path).exists():
            raise PluginError(
                f"{page.file.src_uri} links to {target}, which is not there"
            )
        return f"{text} (`{path}` in the repository)"

    markdown = LINK.sub(renamed, markdown)
    return markdown.replace(COMMAND, _help()) if COMMAND in markdown else markdown


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Refuse pages that load something from elsewhere."""
    found = LOADED.search(output)
    if found is not None:
        raise PluginError(f"{page.file.src_uri} loads from another host: {found[0]}")
    return output


def _help() -> str:
    """What each command says of itself."""
    return "\n\n".join(
        f"## tensorbolt {command}\n\n```text\n{_help_of(command)}\n```"
        for command in COMMANDS
    )


def _help_of(command: str) -> str:
    call = [sys.executable, "-m", "tensorbolt", command, "--help"]
    done = subprocess.run(
        call,
        check=True,
        capture_output=True,
        text=True,
        env={"COLUMNS": "100", "PYTHONPATH": str(ROOT / "python")},
    )
    return done.stdout.strip()
