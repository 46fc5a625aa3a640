"""Files are kept whole, under names of our own, private; what they are is told by their bytes."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest

from helpdesk.filetypes import HEAD, ends, sniff, warnings
from helpdesk.storage import Bucket, Directory, FileMissing, StorageError, open_storage
from tests.floor0.bad_inputs import item, items
from tests.floor0.files import build, picture


@pytest.fixture
def storage(tmp_path: Path) -> Directory:
    return open_storage(f"file://{tmp_path}/our%20files")


def test_what_is_put_comes_back(storage):
    for body in (b"bytes", io.BytesIO(b"bytes")):
        key = storage.put(body)

        with storage.open(key) as file:
            assert file.read() == b"bytes"
        assert storage.size(key) == 5


def test_a_key_is_random_and_a_file_is_private(storage, tmp_path):
    first, second = storage.put(b"same"), storage.put(b"same")

    assert first != second
    assert len(first) == 64
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {first, second}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_deleted_file_is_gone_and_may_be_deleted_again(storage):
    key = storage.put(b"x")

    storage.delete(key)
    storage.delete(key)

    with pytest.raises(FileMissing):
        storage.open(key)
    with pytest.raises(FileMissing):
        storage.size(key)


@pytest.mark.parametrize(
    "key", ["", "../../etc/passwd", "/etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n", "a/" * 32, "é" * 64]
)
def test_a_key_cannot_climb_out(storage, key):
    for use in (storage.open, storage.size, storage.delete):
        with pytest.raises(FileMissing):
            use(key)


def test_a_stream_that_breaks_leaves_nothing(storage, tmp_path):
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("the network is gone")

    with pytest.raises(OSError, match="the network is gone"):
        storage.put(Broken())

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_storage_that_cannot_be_used_says_so():
    with pytest.raises(StorageError, match="must be file:///PATH or s3://BUCKET/PREFIX"):
        open_storage("ftp://files")


def test_without_its_library_s3_says_what_is_missing(monkeypatch):
    monkeypatch.setattr("helpdesk.storage.obstore", None)

    with pytest.raises(StorageError, match="S3 storage needs obstore"):
        open_storage("s3://bucket/prefix")


def test_a_bucket_behaves_like_a_directory():
    obstore = pytest.importorskip("obstore", reason="obstore is only for desks with S3")
    bucket = Bucket(obstore.store.MemoryStore())

    key = bucket.put(io.BytesIO(b"bytes"))

    assert bucket.size(key) == 5
    assert bucket.open(key).read() == b"bytes"
    bucket.delete(key)
    bucket.delete(key)
    with pytest.raises(FileMissing):
        bucket.open(key)


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("GIF"), "image/gif"),
        (picture("WEBP"), "image/webp"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"OggS\0\2" + bytes(100), "audio/ogg"),
        (b"\0\0\0\x20ftypisom" + bytes(100), "video/mp4"),
        (b"\0\0\0\x18ftypM4A " + bytes(100), "audio/mp4"),
        ("Grüße,\nMona".encode(), "text/plain"),
        (build("exe"), "application/x-msdownload"),
        (b"", "application/octet-stream"),
        (b"\0\1\2\3", "application/octet-stream"),
        (b"<html><script>alert(1)</script>", "application/octet-stream"),
        (b"hello <script>alert(1)</script>", "application/octet-stream"),
        (b"\xef\xbb\xbf <!DOCTYPE html>", "application/octet-stream"),
        (b"<?xml version='1.0'?><x:y/>", "application/octet-stream"),
        (build("eps"), "application/octet-stream"),
    ],
)
def test_a_file_is_what_its_bytes_say(data, mime):
    assert sniff(data[:HEAD]) == mime


@pytest.mark.parametrize(
    "item", [i for i in items("FL") if i.get("gen", {}).get("name") == "svg"], ids=lambda i: i["id"]
)
def test_a_drawing_that_can_run_script_is_never_an_image(item):
    assert sniff(build("svg", **item["gen"]["args"])) == "application/octet-stream"


@pytest.mark.parametrize("number", ["FL-20", "FL-21", "FL-22", "FL-23"])
def test_people_are_told_before_they_open_it(number):
    bad = item(number)
    data = build(bad["gen"]["name"], **bad["gen"]["args"])

    told = warnings(sniff(data[:HEAD]), bad.get("meta", {}).get("filename", "file.zip"), data[:HEAD])

    assert bad["expect"]["flag"].partition(";")[0] in told


def test_macros_are_noticed_where_an_archive_names_them_at_its_end():
    file = io.BytesIO(b"PK\3\4" + bytes(200_000) + b"PK\1\2 word/vbaProject.bin")

    assert "may contain macros" in warnings("application/zip", "offer.docx", ends(file))
    assert file.tell() == 0


@pytest.mark.parametrize(
    ("mime", "name", "declared", "told"),
    [
        ("image/png", "a.png", "image/png", ()),
        ("image/jpeg", "a.png", "image/jpg; q=1", ()),
        ("application/octet-stream", "a.png", "image/png", ("type differs",)),
        ("application/pdf", "invoice.pdf.exe", "", ("program file",)),
        ("application/pdf", "invoice.exe. .", "", ("program file",)),
        ("application/octet-stream", "C:\\x\\offer.DOCM", "", ("may contain macros",)),
        ("text/plain", "...", "", ()),
        ("video/mp4", "", "audio/mp4", ()),
        ("application/pdf", "", "binary/octet-stream", ()),
        ("text/plain", "", "", ()),
    ],
)
def test_a_name_or_a_host_that_lies_is_noticed(mime, name, declared, told):
    assert warnings(mime, name, declared=declared) == told
