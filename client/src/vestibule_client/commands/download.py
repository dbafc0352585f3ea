"""`vestibule download ID`."""

import argparse
from pathlib import Path

from ..download import download, find_file
from ..places import place_for
from ..progress import screen_for
from ..stopping import Stop
from .context import opened
from .exit_codes import OK
from .report import Report, file_members, shown, size_text


def run(arguments: argparse.Namespace, report: Report, stop: Stop) -> int:
    """Save one file."""
    with opened(arguments, stop) as context:
        file = find_file(context.api, arguments.product, arguments.file_id)
        place = place_for(file, Path(arguments.output) if arguments.output else None)
        with screen_for([place], silent=report.quiet or report.as_json, total_bytes=file.size) as screen:
            download(context.api, file, place, force=arguments.force, on_progress=screen.progressed, stop=stop)
            screen.done(place)
    compared = "identical by SHA-256" if file.sha256 else "complete; the service knows no SHA-256 of it"
    report.result(
        {"path": str(place), "status": "saved", "file": file_members(file)},
        f"✓ {shown(place)}  {size_text(file.size)}, {compared}",
    )
    return OK
