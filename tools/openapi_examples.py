"""One example of each request and answer. Made of the schemas' own classes, so that none can have another shape."""

from datetime import UTC, datetime

from chalicelib import bodies, schemas
from chalicelib.routes.service import get_kinds

PRODUCT = "01M82DBEY0XWYFB1GNMF0DSG5Z"
IMAGE = "01M82DBFBA1G1MMNPQSXNXJXZE"
DELIVERABLE = "01M82DBFK7Z4DGWMTEE0MMDWP4"
OLDER = "01M7ZZ3C5T0000000000000000"
SHA256 = "2891a332aeaabf86a94e248a719b565f0efff42a2c5f8d9e0b1c3d4e5f60718a"
CREATED = datetime(2026, 11, 22, 19, 57, 25, 824144, tzinfo=UTC)
ADMITTED = datetime(2026, 11, 22, 19, 57, 31, 406009, tzinfo=UTC)
EXPIRES = datetime(2026, 11, 22, 20, 12, 25, 824144, tzinfo=UTC)
STAGING = "https://vestibule-staging.s3.eu-central-1.amazonaws.com/"
ALT = "Four brush strokes in blue"
API = "https://api.shop.example"

_product = schemas.Product(
    id=PRODUCT,
    title="Watercolour brushes",
    image_count=1,
    deliverable_count=1,
    version=1,
    created_at=CREATED,
    updated_at=ADMITTED,
)
_rendition = schemas.Rendition(
    url=f"https://media.example/{PRODUCT}/{IMAGE}/320.webp",
    content_type="image/webp",
    width=320,
    height=240,
    bytes=9480,
)
_image = schemas.Image(
    id=IMAGE,
    product_id=PRODUCT,
    state="live",
    filename="cover.png",
    content_type="image/png",
    size=2870339,
    sha256=SHA256,
    crc64nvme=None,
    series=IMAGE,
    version=1,
    admitted_at=ADMITTED,
    purge_at=None,
    width=1600,
    height=1200,
    alt=ALT,
    rendition_state="ready",
    renditions=[_rendition],
    placeholder="LEHV6nWB2yk8pyo0adR*.7kCMdnj",
    rendition_error=None,
    original_url=None,
)
_deliverable = schemas.Deliverable(
    id=DELIVERABLE,
    product_id=PRODUCT,
    state="live",
    filename="brushes.zip",
    content_type="application/zip",
    size=6000430,
    sha256=SHA256,
    crc64nvme=None,
    series=OLDER,
    version=2,
    admitted_at=ADMITTED,
    purge_at=None,
)
_multipart = schemas.Multipart(
    part_size=16777216,
    part_count=2,
    parts_url=f"https://api.example/products/{PRODUCT}/deliverables/uploads/{DELIVERABLE}~20000000~VXBsb2Fk/parts",
    max_parts_per_call=100,
    part_url_expires_in=900,
    part_checksums=True,
)
_signed_part = schemas.SignedPart(
    part_number=2,
    offset=16777216,
    size=3222784,
    url="https://vault.example/deliverables/…?partNumber=2&uploadId=VXBsb2Fk&X-Amz-Signature=…",
    headers={"x-amz-checksum-sha256": "KJGjMuqqv4apTiSKcZtWXw7/9CosX42eCxw9Tl9gcYo="},
    expires_at=EXPIRES,
)
_held_part = schemas.HeldPart(part_number=1, size=16777216, etag='"b0c0…"', sha256=SHA256)
_upload = schemas.Upload(
    id=DELIVERABLE,
    kind="deliverable",
    product_id=PRODUCT,
    strategy="post",
    filename="brushes.zip",
    content_type="application/zip",
    size=6000430,
    expires_at=EXPIRES,
)

EXAMPLES: dict[type, bodies.Request | schemas.Answer] = {
    type(example): example
    for example in (
        _rendition,
        bodies.PartsRequest(part_numbers=[2], sha256=[SHA256]),
        bodies.ConfirmRequest(sha256=SHA256),
        _multipart,
        _signed_part,
        schemas.SignedParts(parts=[_signed_part]),
        _held_part,
        schemas.HeldParts(part_size=16777216, part_count=2, parts=[_held_part]),
        bodies.ProductRequest(title="Watercolour brushes"),
        bodies.ImageUploadRequest(
            filename="cover.png",
            content_type="image/png",
            size=2870339,
            sha256=SHA256,
            alt=ALT,
        ),
        bodies.DeliverableUploadRequest(
            filename="brushes.zip", content_type="application/zip", size=6000430, sha256=SHA256, replaces=OLDER
        ),
        bodies.ImageRequest(alt="Four brush strokes in blue and green"),
        bodies.OrderRequest(image_ids=[IMAGE]),
        bodies.DeliverableRequest(filename="brushes-v2.zip"),
        schemas.Health(),
        vars(get_kinds)["__wrapped__"](None),  # what the route really answers
        _product,
        schemas.ProductList(products=[_product], next_cursor=None),
        schemas.ProductWithFiles(
            **{name: getattr(_product, name) for name in _product.__struct_fields__},
            images=[_image],
            deliverables=[_deliverable],
        ),
        _image,
        schemas.ImageList(images=[_image]),
        _deliverable,
        schemas.DeliverableList(deliverables=[_deliverable]),
        schemas.IssuedUpload(
            upload=_upload,
            method="POST",
            url=STAGING,
            fields={
                "Content-Type": "application/zip",
                "success_action_status": "201",
                "x-amz-meta-owner": "8d64af8f-5b20-4637-a398-bcbe2c3e3b26",
                "x-amz-meta-product": PRODUCT,
                "x-amz-meta-kind": "deliverable",
                "x-amz-meta-upload": DELIVERABLE,
                "x-amz-meta-size": "6000430",
                "x-amz-meta-filename": "brushes.zip",
                "x-amz-meta-sha256": SHA256,
                "x-amz-meta-replaces": OLDER,
                "x-amz-meta-series": OLDER,
                "x-amz-meta-version": "2",
                "x-amz-checksum-sha256": "KJGjMuqqv4apTiSKcZtWXw7/9CosX42eCxw9Tl9gcYo=",
                "key": f"u/8d64af8f-5b20-4637-a398-bcbe2c3e3b26/{PRODUCT}/deliverable/{DELIVERABLE}",
                "x-amz-algorithm": "AWS4-HMAC-SHA256",
                "x-amz-credential": "ASIAIOSFODNN7EXAMPLE/20261122/eu-central-1/s3/aws4_request",
                "x-amz-date": "20261122T195725Z",
                "x-amz-security-token": "…",
                "policy": "eyJleHBpcmF0aW9uIjogIjIwMjYtMTEtMjJUMjA6MTI6MjVaIiwgImNvbmRpdGlvbnMiOiBb…",
                "x-amz-signature": "b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184",
            },
            confirm_url=f"{API}/products/{PRODUCT}/deliverables/uploads/{DELIVERABLE}/confirm",
        ),
        schemas.Download(
            url="https://vestibule-vault.s3.eu-central-1.amazonaws.com/deliverables/…?X-Amz-Signature=…",
            filename="brushes.zip",
            expires_at=EXPIRES,
        ),
        schemas.Usage(bytes=8870769, files=2, quota=1099511627776),
    )
}
