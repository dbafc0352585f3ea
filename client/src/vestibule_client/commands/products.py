"""`vestibule products`, `vestibule products create TITLE`."""

import argparse
import dataclasses

from ..answers import Product
from ..stopping import Stop
from .context import opened
from .exit_codes import OK
from .report import Report, shown


def run(arguments: argparse.Namespace, report: Report, stop: Stop) -> int:
    """List them, newest first; or create one."""
    with opened(arguments, stop) as context:
        if arguments.action == "create":
            _show(report, context.api.create_product(arguments.title))
            return OK
        for product in context.api.products():
            _show(report, product)
    return OK


def _show(report: Report, product: Product) -> None:
    files = f"{product.image_count} images, {product.deliverable_count} deliverables"
    report.result(dataclasses.asdict(product), f"{product.id}  {shown(product.title)}  ({files})")
