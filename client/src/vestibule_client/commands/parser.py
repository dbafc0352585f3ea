"""The words of the command."""

import argparse
from typing import Any

from .. import __version__

_EPILOG = """exit status: 0 all done; 1 a file was refused; 2 wrong usage; 3 not signed in; 4 no connection or
service busy (the same command goes on where it ended); 5 the local file changed, or the disk failed; 130 stopped"""


def build_parser() -> argparse.ArgumentParser:
    """All commands and their options. `command` is the name of the module to run."""
    parser = argparse.ArgumentParser(prog="vestibule", description="Put files on your products.", epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=f"vestibule {__version__}")
    shared = _shared()
    shared.set_defaults(stack=None, json=False, patience=300.0, quiet=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    login = commands.add_parser("login", parents=[shared], help="sign in to a stack")
    login.add_argument("--email", help="who you are (default: asked for)")
    login.add_argument("--password-stdin", action="store_true", help="read the password from stdin")
    commands.add_parser("logout", parents=[shared], help="forget the sign-in, and make it worthless")
    _add_products(commands, shared)
    _add_upload(commands, shared)

    listing = commands.add_parser("list", parents=[shared], help="list the files of a product")
    listing.set_defaults(command="files")
    listing.add_argument("--product", required=True, metavar="ID")

    download = commands.add_parser("download", parents=[shared], help="get a file back")
    download.add_argument("file_id", metavar="ID", help="of the file, as `vestibule list` shows it")
    download.add_argument("--product", required=True, metavar="ID")
    download.add_argument("--output", "-o", metavar="PATH", help="a file, or a folder (default: here)")
    download.add_argument("--force", action="store_true", help="replace a file that is there")

    cancel = commands.add_parser("cancel", parents=[shared], help="list unfinished uploads, or give them up")
    cancel.add_argument("which", nargs="*", metavar="FILE|UPLOAD", help="a file, or the id of an upload")
    cancel.add_argument("--all", action="store_true", help="all of them")
    _add_doctor(commands, shared)
    return parser


Commands = Any  # argparse does not name what add_subparsers returns


def _shared() -> argparse.ArgumentParser:
    """Without defaults: where a command has commands of its own, theirs would undo what was said before them."""
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("--stack", metavar="FILE", help="the stack's outputs (default: where you signed in last)")
    shared.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    shared.add_argument("--patience", type=_seconds, metavar="SECONDS", help="try again for so long (default: 300)")
    shared.add_argument("--quiet", "-q", action="store_true", help="no progress, no notes")
    return shared


def _add_products(commands: Commands, shared: argparse.ArgumentParser) -> None:
    products = commands.add_parser("products", parents=[shared], help="list your products, or create one")
    actions = products.add_subparsers(dest="action", metavar="create TITLE")
    create = actions.add_parser("create", parents=[_shared()], help="create a product")
    create.add_argument("title", metavar="TITLE")


def _add_upload(commands: Commands, shared: argparse.ArgumentParser) -> None:
    upload = commands.add_parser("upload", parents=[shared], help="put files on a product")
    upload.add_argument("files", nargs="+", metavar="FILE")
    upload.add_argument("--product", required=True, metavar="ID")
    upload.add_argument("--kind", choices=["deliverable", "image"], default="deliverable", help="default: deliverable")
    upload.add_argument("--replace", metavar="ID", help="the file that this one is the next version of")
    upload.add_argument("--alt", metavar="TEXT", help="what an image shows, in words")
    upload.add_argument("--strategy", choices=["post", "multipart"], help="how it travels (default: by its size)")
    upload.add_argument("--jobs", type=_count, metavar="N", help="files at once (default: 3, and 8 small ones)")
    upload.add_argument("--parts", type=_count, default=4, metavar="N", help="parts at once, of all files (default: 4)")


def _add_doctor(commands: Commands, shared: argparse.ArgumentParser) -> None:
    doctor = commands.add_parser("doctor", parents=[shared], help="examine a stack, and say how to mend it")
    doctor.add_argument("--origin", metavar="URL", help="of the shop's pages (default: what the API allows)")
    doctor.add_argument("--quick", action="store_true", help="with one small part only")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError("expected a number of seconds, at most a day")
    return seconds


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 32:
        raise argparse.ArgumentTypeError("expected a number from 1 to 32")
    return number
