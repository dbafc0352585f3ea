"""Runs Chalice so that it packages for the C library of this machine, and not for that of Lambda.

The emulator of the end-to-end tests runs functions with this machine's own Python. Chalice knows each runtime's glibc
(`DependencyBuilder._RUNTIME_GLIBC`, for which there is no setting), and Lambda's Python 3.11 runs on one so old that no
x86_64 wheel of libvips fits it: what fits here would be refused, or built from source.
"""

import platform
import sys

from chalice.cli import main
from chalice.deploy.packager import DependencyBuilder


def use_this_glibc() -> None:
    """Tell Chalice that the runtime of this Python has the glibc of this machine.

    Raises:
        SystemExit: this machine has none.
    """
    name, version = platform.libc_ver()
    if name != "glibc":
        sys.exit("Lambda runs on Linux with glibc: only such a machine can run what is packaged for itself.")
    major, minor = (int(number) for number in version.split(".")[:2])
    abi = f"cp{sys.version_info.major}{sys.version_info.minor}"
    DependencyBuilder._RUNTIME_GLIBC = DependencyBuilder._RUNTIME_GLIBC | {abi: (major, minor)}  # noqa: SLF001


if __name__ == "__main__":
    use_this_glibc()
    sys.exit(main())
