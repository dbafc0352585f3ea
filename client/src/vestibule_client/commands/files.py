"""`vestibule list`."""

import argparse

from ..stopping import Stop
from .context import opened
from .exit_codes import OK
from .report import Report, file_members, shown, size_text


def run(arguments: argparse.Namespace, report: Report, stop: Stop) -> int:
    """The live files of a product."""
    with opened(arguments, stop) as context:
        product = context.api.product(arguments.product)
    for file in (*product.images, *product.deliverables):
        version = f"version {file.version}" if file.version > 1 else ""
        text = f"{file.id}  {file.kind:<11}  {size_text(file.size):>10}  {shown(file.filename)}  {version}"
        report.result(file_members(file), text.rstrip())
    return OK
