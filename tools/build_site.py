"""Builds the seller's page: web/ into web/dist, if it has changed since.

python -m tools.build_site
"""

import sys
from pathlib import Path

from .node import WEB, NoNode, node

BUILT = WEB / "dist"
NOT_SOURCES = {"dist", "e2e", "node_modules", "test"}


def is_built() -> bool:
    """Whether web/dist is newer than all that it is made of."""
    index = BUILT / "index.html"
    return index.exists() and index.stat().st_mtime_ns >= max(file.stat().st_mtime_ns for file in sources())


def sources() -> list[Path]:
    """The files that the page is made of."""
    here = [path for path in WEB.iterdir() if path.name not in NOT_SOURCES]
    inside = [file for folder in here if folder.is_dir() for file in folder.rglob("*")]
    return [path for path in [*here, *inside] if path.is_file()]


def build() -> None:
    """Build the page, unless it is.

    Raises:
        NoNode: there is no Node.js, or the build failed.
    """
    if is_built():
        print("› the page is built already, in web/dist")
        return
    found = node()
    found.install_packages()
    print("› building the page into web/dist", flush=True)
    found.run(["run", "build"], quiet=True)


def main() -> int:
    """Build; returns the exit status."""
    try:
        build()
    except NoNode as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
