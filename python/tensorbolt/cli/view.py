"""`tensorbolt view`: starts the installed TensorBoard with the flags that a log needs."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from tensorbolt._wording import plain
from tensorbolt.cli.arguments import DEFAULT, FILES_OR_ADDRESS
from tensorbolt.cli.help import Help
from tensorbolt.cli.serve_options import add_reading, port

DESCRIPTION = """\
Starts TensorBoard on a log, and reads the log for it: at once, with all images, and with the highest and lowest point
of every part of a curve. Over SSH it also prints how to open the page on your own computer.

With --data tensorboard, TensorBoard reads the log itself. Then this command examines the log first and passes the flags
that it needs to show all of it, each with its reason; without them TensorBoard would keep ten images of each tag."""

EPILOG = """\
Options that are not above go to TensorBoard, as --name=value: --path_prefix=/board, --window_title=sweep.
--samples_per_plugin, --reload_interval and --logdir_spec are understood here. Options of TensorBoard's own loaders, such
as --load_fast, choose --data tensorboard. Ctrl-C ends both programs.

exit status:
  0  ended with Ctrl-C
  2  wrong arguments, no event files there, or TensorBoard is not installed
  other: TensorBoard's own

examples:
  tensorbolt view                            the directory "runs"
  tensorbolt view runs/first --port 6007
  tensorbolt view base=runs new=/data/runs   two logs together, as base/… and new/…
  tensorbolt view runs --bind-all            for other machines; every user there can see it
  tensorbolt view sweep --group '(.*)/seed\\d+'
                                             also the mean over seeds
  tensorbolt view runs --data tensorboard    with TensorBoard's own loader
  tensorbolt view --dry-run runs             which flags, and why?"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line's."""
    parser = commands.add_parser(
        "view",
        help="look at a log in TensorBoard",
        usage="tensorbolt view [LOGDIR…] [options] [options of TensorBoard]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=Help,
        # `--p` must not become `--port` where `--path_prefix` was meant for TensorBoard.
        allow_abbrev=False,
    )
    parser.add_argument(
        "places",
        nargs="*",
        metavar="LOGDIR",
        help=f"{FILES_OR_ADDRESS} [{DEFAULT}]",
    )
    # TensorBoard's own spelling.
    parser.add_argument("--logdir", help=argparse.SUPPRESS)
    parser.add_argument(
        "--data",
        choices=("tensorbolt", "tensorboard"),
        help="who reads the log [tensorbolt]",
    )
    add_reading(parser)
    parser.add_argument(
        "--port", type=port, help="a fixed port; 0 is any free one [6006 or above]"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--host", help="address to listen on [localhost]")
    where.add_argument(
        "--bind-all",
        "--bind_all",
        action="store_true",
        help="listen on all addresses of this machine",
    )
    browser = parser.add_mutually_exclusive_group()
    browser.add_argument(
        "--open",
        action="store_true",
        default=None,
        dest="browser",
        help="open the page in a browser [on a desktop]",
    )
    browser.add_argument(
        "--no-browser",
        action="store_false",
        default=None,
        dest="browser",
        help="do not",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print the command and the reasons, and start nothing",
    )
    parser.set_defaults(call=run, parser=parser, forwards=True)


def run(arguments: argparse.Namespace) -> int:
    """Start what reads the log and what shows it, wait for its end, and return the exit status."""
    # Imported here and below, because `tensorbolt run` should start its program at once.
    from tensorbolt.cli import view_data
    from tensorbolt.reading import tensorboard_process

    parser: argparse.ArgumentParser = arguments.parser
    places = _places(arguments)
    program = tensorboard_process.command()
    if program is None:
        parser.error(tensorboard_process.MISSING)
    data = view_data.chosen(arguments, places)
    with data.started() as found:
        command = [*program, *found.flags, *_address(arguments), *found.rest]
        if arguments.dry_run:
            for line in (*found.before, command):
                print(shlex.join(line))
            return 0

        def on_address(url: str) -> None:
            data.say()
            _print_address(url, arguments)

        return tensorboard_process.serve(command, on_address, found.environment)


def _places(arguments: argparse.Namespace) -> Sequence[str]:
    """The logs to show; ends the program where an option of TensorBoard is not understood."""
    parser: argparse.ArgumentParser = arguments.parser
    if arguments.places and arguments.logdir is not None:
        parser.error("pass the directory once: as LOGDIR or as --logdir")
    places = arguments.places or [arguments.logdir or DEFAULT]
    wrong = [word for word in arguments.rest if not word.startswith("-")]
    # The value of an option of TensorBoard looks like the directory.
    if any("=" not in word for word in arguments.rest) and not Path(places[0]).exists():
        wrong.append(places[0])
    if wrong:
        parser.error(
            f"{plain(wrong[0])!r} is not understood; write options of TensorBoard as --name=value, after the directories"
        )
    return places if arguments.places or arguments.logdir else []


def _address(arguments: argparse.Namespace) -> list[str]:
    flags = []
    if arguments.port is not None:
        flags.append(f"--port={arguments.port}")
    if arguments.host is not None:
        flags.append(f"--host={arguments.host}")
    if arguments.bind_all:
        flags.append("--bind_all")
    return flags


def _print_address(url: str, arguments: argparse.Namespace) -> None:
    """Print the address of the page, and how to open it from another machine."""
    remote = os.environ.get("SSH_CONNECTION")
    lines = [f"Look at {url}"]
    if remote and not arguments.bind_all:
        lines += ssh_lines(url, remote)
    lines.append("Ctrl-C ends it.")
    _say("\n".join(lines))
    wanted = arguments.browser
    if wanted if wanted is not None else not remote and on_a_desktop():
        import webbrowser

        webbrowser.open(url)


def ssh_lines(url: str, connection: str) -> list[str]:
    """Return the lines that explain how to open the page from the other end of an SSH connection.

    Args:
        url: The page, on that machine.
        connection: The variable SSH_CONNECTION: address and port of the client, then of the server.
    """
    import getpass
    from urllib.parse import urlsplit

    page = urlsplit(url)
    server, port = connection.split()[2:4]
    host = page.netloc.rpartition(":")[0]
    tunnel = f"ssh -N -L {page.port}:{host}:{page.port}"
    tunnel += "" if port == "22" else f" -p {port}"
    return [
        "From the machine that you came from, in another terminal:",
        f"  {tunnel} {getpass.getuser()}@{server}",
        f"  and then look at http://localhost:{page.port}{page.path}",
        f"  ({server} is this machine's address as SSH knows it; the name that you connect with does as well.)",
    ]


def on_a_desktop() -> bool:
    """Whether a browser would open on the user's screen."""
    screen = "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    return sys.stderr.isatty() and (screen or sys.platform in ("darwin", "win32"))


def _say(text: str) -> None:
    # TensorBoard prints to stderr as well.
    print(text, file=sys.stderr, flush=True)
