"""Promo images: the three steps (the second goes to S3), and what can be done with them afterwards."""

from .. import bodies, confirm, files, recovery, schemas, uploads
from ..http import Call, Reply, Routes
from ..kinds import IMAGE
from ..upload_ids import UploadId
from . import answers, refusals

images = Routes(__name__)


@images.operation(
    "POST",
    "/products/{product_id}/images/uploads",
    body=bodies.ImageUploadRequest,
    answer=schemas.IssuedUpload,
    statuses=(201,),
    refuses=refusals.ISSUE,
)
def issue_image_upload(call: Call[bodies.ImageUploadRequest], product_id: str) -> schemas.IssuedUpload:
    """Ask for permission to upload a promo image (step 1). Nothing is written."""
    return answers.issued_upload(uploads.issue(call.owner, IMAGE, product_id, call.body), call)


@images.operation(
    "POST",
    "/products/{product_id}/images/uploads/{upload_id}/confirm",
    body=bodies.ConfirmRequest,
    answer=schemas.Image,
    statuses=(201, 200),
    refuses=refusals.CONFIRM + refusals.CONFIRM_IMAGE,
)
def confirm_image_upload(call: Call[bodies.ConfirmRequest], product_id: str, upload_id: UploadId) -> Reply:
    """Tell that the promo image has arrived (step 3): it is verified and admitted. Repeatable."""
    confirmed = confirm.confirm(call.owner, IMAGE, product_id, upload_id, call.body.checksums)
    return answers.admitted(confirmed, answers.image(confirmed.file))


@images.operation("DELETE", "/products/{product_id}/images/uploads/{upload_id}", statuses=(204,))
def cancel_image_upload(call: Call[None], product_id: str, upload_id: UploadId) -> None:
    """Give an upload up. Repeatable."""
    uploads.cancel(call.owner, IMAGE, product_id, upload_id)


@images.operation(
    "GET", "/products/{product_id}/images", answer=schemas.ImageList, refuses=refusals.LIST, query=answers.SHOWN
)
def list_images(call: Call[None], product_id: str) -> schemas.ImageList:
    """List a product's promo images in their order."""
    rows = files.list_files(call.owner, IMAGE, product_id, answers.shown(call))
    return schemas.ImageList(images=[answers.image_with_original(row) for row in rows])


@images.operation(
    "PUT",
    "/products/{product_id}/images/order",
    body=bodies.OrderRequest,
    statuses=(204,),
    refuses=refusals.ORDER,
)
def order_images(call: Call[bodies.OrderRequest], product_id: str) -> None:
    """Place all promo images of a product in a new order."""
    files.order_images(call.owner, product_id, call.body.image_ids)


@images.operation(
    "PATCH",
    "/products/{product_id}/images/{image_id}",
    body=bodies.ImageRequest,
    answer=schemas.Image,
    refuses=refusals.CHANGE,
)
def describe_image(call: Call[bodies.ImageRequest], product_id: str, image_id: str) -> schemas.Image:
    """Change a promo image's alt text."""
    return answers.image_with_original(files.describe_image(call.owner, product_id, image_id, call.body.alt))


@images.operation("DELETE", "/products/{product_id}/images/{image_id}", statuses=(204,))
def delete_image(call: Call[None], product_id: str, image_id: str) -> None:
    """Delete a promo image; it can be restored for a while. Repeatable."""
    recovery.delete(call.owner, IMAGE, product_id, image_id)


@images.operation(
    "POST",
    "/products/{product_id}/images/{image_id}/restore",
    answer=schemas.Image,
    refuses=refusals.RESTORE,
)
def restore_image(call: Call[None], product_id: str, image_id: str) -> schemas.Image:
    """Take back the deletion, or the replacement, of a promo image. Repeatable."""
    return answers.image_with_original(recovery.restore(call.owner, IMAGE, product_id, image_id))


@images.operation(
    "POST",
    "/products/{product_id}/images/{image_id}/download",
    answer=schemas.Download,
    refuses=refusals.CHANGE,
)
def download_image(call: Call[None], product_id: str, image_id: str) -> schemas.Download:
    """Sign a URL for the original of a promo image, for its owner only."""
    return answers.download(files.download(call.owner, IMAGE, product_id, image_id))
