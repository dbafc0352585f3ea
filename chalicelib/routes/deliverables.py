"""Deliverables: the three steps (the second goes to S3), and what can be done with them afterwards."""

from .. import confirm, files, recovery, schemas, uploads
from ..http import Call, Reply, Routes
from ..kinds import DELIVERABLE
from . import answers, refusals

deliverables = Routes(__name__)


@deliverables.operation(
    "POST",
    "/products/{product_id}/deliverables/uploads",
    body=schemas.DeliverableUploadRequest,
    answer=schemas.UploadForm,
    statuses=(201,),
    refuses=refusals.ISSUE,
)
def issue_deliverable_upload(call: Call[schemas.DeliverableUploadRequest], product_id: str) -> schemas.UploadForm:
    """Ask for permission to upload a deliverable (step 1). Nothing is written."""
    return answers.upload_form(uploads.issue(call.owner, DELIVERABLE, product_id, call.body), call)


@deliverables.operation(
    "POST",
    "/products/{product_id}/deliverables/uploads/{upload_id}/confirm",
    answer=schemas.Deliverable,
    statuses=(201, 200),
    refuses=refusals.CONFIRM,
)
def confirm_deliverable_upload(call: Call[None], product_id: str, upload_id: str) -> Reply:
    """Tell that the deliverable has arrived (step 3): it is verified and admitted. Repeatable."""
    confirmed = confirm.confirm(call.owner, DELIVERABLE, product_id, upload_id)
    return answers.admitted(confirmed, answers.deliverable(confirmed.file))


@deliverables.operation("DELETE", "/products/{product_id}/deliverables/uploads/{upload_id}", statuses=(204,))
def cancel_deliverable_upload(call: Call[None], product_id: str, upload_id: str) -> None:
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
    body=schemas.DeliverableRequest,
    answer=schemas.Deliverable,
    refuses=refusals.CHANGE,
)
def rename_deliverable(
    call: Call[schemas.DeliverableRequest], product_id: str, deliverable_id: str
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
