"""Where a downloaded file is saved. Its name comes from whoever uploaded it, and is not trusted."""

import contextlib
import os
from pathlib import Path

from .answers import File
from .problems import BadFile

_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{device}{number}" for device in ("COM", "LPT") for number in range(1, 10))}


def safe_name(file: File) -> str:
    """The name of a file, without what could lead elsewhere, hide it, or mean a device."""
    name = file.filename.replace("\\", "/").rpartition("/")[2]
    name = "".join("_" if letter in '<>:"|?*' or not letter.isprintable() else letter for letter in name)
    name = name.lstrip(". ").rstrip(". ")
    return name if name and name.partition(".")[0].upper() not in _RESERVED else f"{file.id} {name}".strip()


def place_for(file: File, output: Path | None) -> Path:
    """In the folder that was named, under the name that was named, or here."""
    if output is None:
        return Path(safe_name(file))
    return output / safe_name(file) if output.is_dir() else output


def refuse_if_taken(place: Path) -> None:
    """Refuse to replace a file.

    Raises:
        BadFile: there is one.
    """
    if place.exists() or place.is_symlink():
        raise BadFile(f"{place} is there already.", "Choose another place with -o, or replace it with --force.")


def put_in_place(partial: Path, place: Path, *, force: bool) -> None:
    """Give a finished file its name, in one step; never over another one that came meanwhile, unless forced.

    Raises:
        BadFile: there is one.
        OSError: it cannot be done.
    """
    if not force:
        try:
            os.link(partial, place)
        except FileExistsError:
            refuse_if_taken(place)
        except OSError:  # a file system without links
            refuse_if_taken(place)
        else:
            with contextlib.suppress(FileNotFoundError):
                partial.unlink()
            return
    partial.replace(place)
