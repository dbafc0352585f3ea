"""What the service's own functions say of S3, over whatever answers its calls: what it acts on, in its own words."""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from chalicelib import listing, media, multiparts, storage, vault
from chalicelib.settings import settings
from tests.simulation.contract.script import Ask, Said

MiB = 1024**2
CONTENT = b"0123456789"
KEY = "u/seller/1"


class Service:
    """Calls its functions, and notes what they return or raise."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.said: Said = {}

    def note(self, what: str, do: Callable[[], Any]) -> None:
        """Note what is returned, or the service's own word for why not."""
        assert what not in self.said, f"{what!r} was noted already"
        try:
            self.said[what] = do()
        except (storage.NotStaged, storage.ObjectRemoved) as refusal:
            self.said[what] = type(refusal).__name__, getattr(refusal, "removed", None)
        except (multiparts.NotOpen, multiparts.PartsChanged, vault.OriginalRemoved) as refusal:
            self.said[what] = type(refusal).__name__
        except KeyError as error:  # moto's own, which it should have answered
            self.said[what] = repr(error)

    def send(self, body: bytes, key: str = KEY) -> None:
        """What a client does with a form."""
        described = {"ContentType": "image/png", "Metadata": {"claims": "these"}}
        self.ask("PutObject", {"Bucket": settings.staging_bucket, "Key": key, "Body": body, **described})

    def send_part(self, key: str, upload_id: str, number: int, body: bytes) -> None:
        """What a client does with the URL of a part."""
        place = {"Bucket": settings.vault_bucket, "Key": key, "UploadId": upload_id}
        self.ask("UploadPart", place | {"PartNumber": number, "Body": body})


def service_script(ask: Ask) -> Said:
    """Put all questions to the service's three buckets, which are empty; staging and the vault are versioned."""
    service = Service(ask)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage.s3, "begin", lambda *asked: partial(ask, *asked))
        for section in (_staging, _freezing, _parts, _abandoned_parts, _vault, _media):
            section(service)
    return service.said


def _read(first_bytes: int = 4) -> Any:
    staged = storage.read_staged(KEY, first_bytes)
    return staged.size, staged.content_type, dict(staged.metadata), staged.head


def _staging(service: Service) -> None:
    service.note("nothing is staged", _read)
    service.note("none is counted", lambda: storage.count_staged("u/seller/", 50))
    service.send(b"")
    service.note("an empty one is staged", _read)
    service.send(b"other bytes")
    service.send(CONTENT)
    service.note("the newest of three is staged", _read)
    service.note("more than it has is read", lambda: _read(65_536))
    staged = storage.read_staged(KEY, 4)
    service.note("it is read further", lambda: storage.read_further(staged, 8))
    service.note("it is read to its end", lambda: storage.read_further(staged, 65_536))
    service.send(b"another")
    service.note("the same version is read further", lambda: storage.read_further(staged, 8))
    service.send(b"1", "u/seller/2")
    service.send(b"1", "u/sellers/3")
    service.note("those of one seller are counted", lambda: storage.count_staged("u/seller/", 50))
    service.note("one is enough", lambda: storage.count_staged("u/seller/", 1))
    storage.withdraw_staged(KEY)
    service.note("it was withdrawn", _read)
    service.note("it is withdrawn again", lambda: storage.withdraw_staged(KEY))
    service.note("a withdrawn one is not counted", lambda: storage.count_staged("u/seller/", 50))
    service.note("a withdrawn one is read further", lambda: storage.read_further(staged, 8))


def _freezing(service: Service) -> None:
    service.send(CONTENT)
    staged = storage.read_staged(KEY, 4)
    service.send(b"swapped")
    into = "images/1"
    freeze = partial(storage.freeze, staged, into, "image/png", "inline")
    service.note("a version is frozen", freeze)
    service.note("it has the bytes that were read", lambda: _completed(into))
    service.note("it is frozen again", freeze)
    service.note("it has these bytes still", lambda: _completed(into))
    service.note("it has its checksums", lambda: storage.read_checksums(into))
    storage.withdraw_staged(KEY)
    service.note("a withdrawn one is frozen", lambda: storage.freeze(staged, "images/2", "image/png", "inline"))
    place = {"Bucket": settings.staging_bucket, "Key": KEY, "VersionId": staged.version_id}
    service.ask("DeleteObject", place)
    service.note("one that has expired is frozen", lambda: storage.freeze(staged, "images/3", "image/png", "inline"))
    service.note("one that has expired is read further", lambda: storage.read_further(staged, 8))
    service.note("nothing came of it", lambda: storage.read_checksums("images/3"))


def _completed(key: str, first_bytes: int = 16) -> Any:
    completed = multiparts.read_completed(key, first_bytes)
    return completed.size, completed.content_type, dict(completed.metadata), completed.head


def _begin(key: str) -> str:
    return multiparts.begin(key, {"claims": "these"}, "application/zip", "attachment", part_checksums=False)


def _parts(service: Service) -> None:
    key = "deliverables/1"
    upload = _begin(key)
    service.note("no part has come", lambda: multiparts.list_parts(key, upload))
    service.send_part(key, upload, 2, b"last")
    service.send_part(key, upload, 1, b"1" * 5 * MiB)
    service.note("two parts have come", lambda: multiparts.list_parts(key, upload))
    service.note("nothing is completed", lambda: _completed(key))
    listed = multiparts.list_parts(key, upload)
    service.send_part(key, upload, 2, b"LAST")
    size = 5 * MiB + 4
    service.note("a part has come again", lambda: multiparts.complete(key, upload, listed, size))
    listed = multiparts.list_parts(key, upload)
    service.note("the parts are joined", lambda: multiparts.complete(key, upload, listed, size))
    service.note("what they are", lambda: _completed(key))
    service.note("their parts, then", lambda: multiparts.list_parts(key, upload))
    service.note("they are given up, then", lambda: multiparts.abort(key, upload))
    service.note("what they are still", lambda: _completed(key))
    second = _begin(key)
    service.send_part(key, second, 1, b"1")
    (only,) = multiparts.list_parts(key, second)
    service.note("another one on the same key is joined", lambda: multiparts.complete(key, second, [only], 1))
    small = _begin("deliverables/2")
    for number in (1, 2):
        service.send_part("deliverables/2", small, number, CONTENT)
    parts = multiparts.list_parts("deliverables/2", small)
    service.note("small parts are joined", lambda: multiparts.complete("deliverables/2", small, parts, 20))


def _abandoned_parts(service: Service) -> None:
    key = "deliverables/3"
    upload = _begin(key)
    service.send_part(key, upload, 1, CONTENT)
    (found,) = (one for one in vault.open_multiparts() if one.key == key)
    service.note("it is open", lambda: found.s3_upload_id == upload)
    (part,) = multiparts.list_parts(key, upload)
    service.note("it is given up", lambda: vault.abort(found))
    service.note("it is given up again", lambda: vault.abort(found))
    service.note("none is open on its key", lambda: [one for one in vault.open_multiparts() if one.key == key])
    service.note("it is joined, then", lambda: multiparts.complete(key, upload, [part], len(CONTENT)))


def _vault(service: Service) -> None:
    for name in ("images/b", "images/a", "other/c"):
        service.ask("PutObject", {"Bucket": settings.vault_bucket, "Key": name, "Body": name.encode()})
    service.note("what lies there", lambda: _listed(settings.vault_bucket, "images/"))
    service.note("what lies there after one", lambda: _listed(settings.vault_bucket, "images/", "images/a"))
    with TemporaryDirectory() as folder:
        path = Path(folder, "original")
        service.note("an original is fetched", lambda: vault.fetch("images/b", path))
        service.said["its bytes"] = path.read_bytes()
        service.note("it is deleted", lambda: vault.delete("images/b"))
        service.note("it is deleted again", lambda: vault.delete("images/b"))
        service.note("a deleted original is fetched", lambda: vault.fetch("images/b", path))
    service.note("a deleted one has no checksums", lambda: storage.read_checksums("images/b"))


def _media(service: Service) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "320.jpg")
        path.write_bytes(hashlib.sha256(CONTENT).digest())
        for image in ("1", "1", "2"):
            media.put(path, "product", image, "image/jpeg")
    service.note("renditions of two", lambda: _listed(settings.media_bucket))
    service.note("those of one are deleted", lambda: media.delete("product", "1"))
    service.note("renditions of the other", lambda: _listed(settings.media_bucket))


def _listed(bucket: str, prefix: str = "", after: str = "") -> list[tuple[str, int]]:
    return [(item.key, item.size) for page in listing.pages(bucket, prefix, after) for item in page]
