"""Folders as Lambda has them: the service with bytecode, as `make package` leaves it, and libraries without any.

The second is how `chalice package` ships them. Both are copied from this environment; no package index is asked.
"""

import shutil
import sysconfig
from collections.abc import Iterable
from pathlib import Path

SITE_PACKAGES = Path(sysconfig.get_path("purelib"))
SHARED = ("botocore", "chalice", "dateutil", "jmespath", "pynamodb", "six.py", "urllib3")
OF_BOTO3 = (*SHARED, "boto3", "s3transfer")
OF_THE_SERVICE = (*SHARED, "blurhash", "msgspec")


def service(folder: Path) -> Path:
    """The service and what it needs, compiled."""
    _copy(OF_THE_SERVICE, SITE_PACKAGES, folder, ())
    _copy(("app.py", "chalicelib", "__pycache__"), Path.cwd(), folder, ())
    return folder


def libraries(folder: Path) -> Path:
    """Chalice, boto3 and PynamoDB, not compiled."""
    _copy(OF_BOTO3, SITE_PACKAGES, folder, ("__pycache__",))
    return folder


def _copy(names: Iterable[str], source: Path, folder: Path, without: tuple[str, ...]) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        found = source / name
        if found.is_dir():
            shutil.copytree(found, folder / name, ignore=shutil.ignore_patterns(*without))
        else:
            shutil.copy2(found, folder)
