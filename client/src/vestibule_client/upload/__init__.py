"""Putting a file on a product: permission, bytes, confirm; resumable at any point."""

from ..answers import File
from .batch import Outcome, Task, Uploads
from .destination import Destination
from .engine import Engine, upload
from .meter import Phase, Progress
from .pace import Lanes

__all__ = ["Destination", "Engine", "File", "Lanes", "Outcome", "Phase", "Progress", "Task", "Uploads", "upload"]
