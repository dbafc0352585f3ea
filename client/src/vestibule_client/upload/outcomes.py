"""Ways in which sending ends that are not failures yet: whoever began the upload decides."""

from ..problems import Failure


class UploadGone(Exception):
    """S3 no longer knows the upload: it was completed, cancelled, or is too old."""


class PermissionEnded(Exception):
    """The upload cannot be carried on; a new one of the same file may do. `failure` is what it is if not."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure
