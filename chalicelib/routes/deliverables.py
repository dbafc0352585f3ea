"""Deliverables: the three steps (the second goes to S3), and what can be done with them afterwards."""

from .. import bodies, confirm, files, parts, recovery, schemas, uploads
from ..http import Call, Reply, Routes
from ..kinds import DELIVERABLE
from ..upload_ids import UploadId
from . import answers, refusals

deliverables = Routes(__name__)


@deliverables.operation(
    "POST",
    "/products/{product_id}/deliverables/uploads",
    body=bodies.DeliverableUploadRequest,
    answer=schemas.IssuedUpload,
    statuses=(201,),
    refuses=refusals.ISSUE,
)
def issue_deliverable_upload(call: Call[bodies.DeliverableUploadRequest], product_id: str) -> schemas.IssuedUpload:
    """Ask for permission to upload a deliverable (step 1). Nothing is written."""
    return answers.issued_upload(uploads.issue(call.owner, DELIVERABLE, product_id, call.body), call)


@deliverables.operation(
    "POST",
    "/products/{product_id}/deliverables/uploads/{upload_id}/parts",
    body=bodies.PartsRequest,
    answer=schemas.SignedParts,
    refuses=refusals.PARTS,
)
def sign_deliverable_parts(
    call: Call[bodies.PartsRequest], product_id: str, upload_id: UploadId
) -> schemas.SignedParts:
    """Sign the URLs that parts of a multipart upload are PUT to (step 2). No part is sent through here."""
    return answers.signed_parts(parts.sign_parts(call.owner, DELIVERABLE, product_id, upload_id, call.body))


@deliverables.operation(
    "GET",
    "/products/{product_id}/deliverables/uploads/{upload_id}/parts",
    answer=schemas.HeldParts,
    refuses=refusals.PARTS,
)
def list_deliverable_parts(call: Call[None], product_id: str, upload_id: UploadId) -> schemas.HeldParts:
    """List the parts that S3 holds of a multipart upload, to go on with the others."""
    held = parts.held_parts(call.owner, DELIVERABLE, product_id, upload_id)
    return answers.held_parts(held, upload_id.size or 0)


@deliverables.operation(
    "POST",
    "/products/{product_id}/deliverables/uploads/{upload_id}/confirm",
    body=bodies.ConfirmRequest,
    answer=schemas.Deliverable,
    statuses=(201, 200),
    refuses=refusals.CONFIRM + refusals.CONFIRM_PARTS,
)
def confirm_deliverable_upload(call: Call[bodies.ConfirmRequest], product_id: str, upload_id: UploadId) -> Reply:
    """Tell that the deliverable has arrived (step 3): it is verified and admitted. Repeatable."""
    confirmed = confirm.confirm(call.owner, DELIVERABLE, product_id, upload_id, call.body.checksums)
    return answers.admitted(confirmed, answers.deliverable(confirmed.file))


@deliverables.operation("DELETE", "/products/{product_id}/deliverables/uploads/{upload_id}", statuses=(204,))
def cancel_deliverable_upload(call: Call[None], product_id: str, upload_id: UploadId) -> None:
    """Give an upload up. Repeatable."""
    uploads.cancel(call.owner, DELIVERABLE, product_id, upload_id)


@deliverables.operation(
    "GET",
    "/products/{product_id}/deliverables",
    answer=schemas.DeliverableList,
    refuses=refusals.LIST,
    query=answers.SHOWN,
)
def list_deliverables(call: Call[None], product_id: str) -> schemas.DeliverableList:
    """List a product's deliverables, oldest first."""
    rows = files.list_files(call.owner, DELIVERABLE, product_id, answers.shown(call))
    return schemas.DeliverableList(deliverables=[answers.deliverable(row) for row in rows])


@deliverables.operation(
    "PATCH",
    "/products/{product_id}/deliverables/{deliverable_id}",
    body=bodies.DeliverableRequest,
    answer=schemas.Deliverable,
    refuses=refusals.CHANGE,
)
def rename_deliverable(
    call: Call[bodies.DeliverableRequest], product_id: str, deliverable_id: str
) -> schemas.Deliverable:
    """Change the file name under which a deliverable is downloaded."""
    row = files.rename_file(call.owner, DELIVERABLE, product_id, deliverable_id, call.body.filename)
    return answers.deliverable(row)


@deliverables.operation("DELETE", "/products/{product_id}/deliverables/{deliverable_id}", statuses=(204,))
def delete_deliverable(call: Call[None], product_id: str, deliverable_id: str) -> None:
    """Delete a deliverable; it can be restored for a while. Repeatable."""
    recovery.delete(call.owner, DELIVERABLE, product_id, deliverable_id)


@deliverables.operation(
    "POST",
    "/products/{product_id}/deliverables/{deliverable_id}/restore",
    answer=schemas.Deliverable,
    refuses=refusals.RESTORE,
)
def restore_deliverable(call: Call[None], product_id: str, deliverable_id: str) -> schemas.Deliverable:
    """Take back the deletion of a deliverable, or make an older version the newest. Repeatable."""
    return answers.deliverable(recovery.restore(call.owner, DELIVERABLE, product_id, deliverable_id))


@deliverables.operation(
    "POST",
    "/products/{product_id}/deliverables/{deliverable_id}/download",
    answer=schemas.Download,
    refuses=refusals.CHANGE,
)
def download_deliverable(call: Call[None], product_id: str, deliverable_id: str) -> schemas.Download:
    """Sign a URL that saves a deliverable under its file name."""
    return answers.download(files.download(call.owner, DELIVERABLE, product_id, deliverable_id))
