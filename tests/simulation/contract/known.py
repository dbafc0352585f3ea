"""Where the others are known to answer otherwise than our stores, and AWS. What no longer differs must leave the list."""

DOCS = "https://docs.aws.amazon.com/AmazonS3/latest"

_NO_MARKER = "it does not say that there is a marker"
_NO_CHECKSUMS = "it does not look at checksums"
_FAILS = "it fails, with a KeyError"
_ANY_KEY = "an upload's id is good for any key"
_NO_CHECKSUM_OF_A_COPY = "it computes no checksum of a copy"
_SMALL_PARTS = "it does not look at the size of parts"
_NO_TOKENS = "it does not look at tokens"

MOTO_S3 = {
    "what a marker hides": _NO_MARKER,
    "a delete of what never was": "it makes no marker there",
    "what never was, and was deleted": "so there is none",
    "a marker itself": "it does not tell a marker from nothing",
    "a delete of a marker": _NO_MARKER,
    "a copy to where one is": "it does not look at If-None-Match",
    "the copy, as it was": "so it has written over it",
    "other bytes than declared": _NO_CHECKSUMS,
    "nothing is there then": "so something is",
    "the checksums of what was sent with one": _NO_CHECKSUMS,
    "another size": "it does not look at the size",
    "a part for what is complete": _FAILS,
    "the joining again": "it says yes again",
    "parts in another order": "it joins them in their own order",
    "other bytes of a part than declared": _NO_CHECKSUMS,
    "a part without the checksum that is demanded": _NO_CHECKSUMS,
    "a part with its checksum": _NO_CHECKSUMS,
    "a part of another checksum": _NO_CHECKSUMS,
    "a part for what has ended": _FAILS,
    "the joining of what has ended": _FAILS,
    "a part for what never was": _FAILS,
    "the joining of what never was": _FAILS,
    "parts of what is another key's": _ANY_KEY,
    "a part for what is another key's": _ANY_KEY,
    "an end to what is another key's": _ANY_KEY,
    "the joining of what is another key's": _FAILS,
}
EMULATOR_S3 = {
    "a middle of a version": "it does not look at the range where a version is named",
    "a copy of the older version": _NO_CHECKSUM_OF_A_COPY,
    "the copy's checksums": _NO_CHECKSUM_OF_A_COPY,
    "a copy to where one is": "it does not look at If-None-Match",
    "the copy, as it was": "so it has written over it",
    "a copy to where one was": _NO_CHECKSUM_OF_A_COPY,
    "a copy from behind a marker": _NO_CHECKSUM_OF_A_COPY,
    "the joining again": "it says yes again",
    "parts in another order": "it joins them in their own order",
    "a small part that is not the last": _SMALL_PARTS,
    "a part without the checksum that is demanded": "it does not demand it",
}
MOTO_SERVICE = {"it was withdrawn": _NO_MARKER, "it is joined, then": _FAILS}
EMULATOR_SERVICE = {
    "a version is frozen": _NO_CHECKSUM_OF_A_COPY,
    "it is frozen again": _NO_CHECKSUM_OF_A_COPY,
    "it has its checksums": _NO_CHECKSUM_OF_A_COPY,
    "a withdrawn one is frozen": _NO_CHECKSUM_OF_A_COPY,
    "small parts are joined": _SMALL_PARTS,
}
MOTO_TABLE = {
    "done once": _NO_TOKENS,
    "another one with its token": _NO_TOKENS,
    "which was not done": _NO_TOKENS,
    "done twice": _NO_TOKENS,
    "no keys": "it takes a batch of nothing",
    "as many as there are": "it looks whether there are more",
}
EMULATOR_TABLE: dict[str, str] = {}

ON_THE_WORD_OF_AWS = {
    "a copy to where one is": f"{DOCS}/API/API_CopyObject.html: If-None-Match",
    "the copy, as it was": "the same",
    "the joining again": f"{DOCS}/API/API_CompleteMultipartUpload.html: NoSuchUpload. Or yes again: of the two it is "
    "harder on the service",
    "parts in another order": f"{DOCS}/API/API_CompleteMultipartUpload.html: InvalidPartOrder",
    "a part without the checksum that is demanded": f"{DOCS}/userguide/tutorial-s3-mpu-additional-checksums.html",
}
"""What nobody holds our stores to, as both others are known to be wrong; and who says so."""
