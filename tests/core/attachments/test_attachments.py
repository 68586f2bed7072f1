"""Attached files: told by content, cleaned, encrypted, handed out to whom they concern."""

import io
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from tests.cast import A1, B1, TOWN_A, client_for

from yinian.core import crypto
from yinian.core.attachments import vault
from yinian.core.attachments.actions import open as open_attachment
from yinian.core.attachments.actions import store
from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.models import Attachment, AuditRow

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def upload(content, name="file.bin"):
    return SimpleUploadedFile(name, content)


def picture(kind="JPEG", size=(40, 30), **more):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **more)
    return out.getvalue()


def xlsx():
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def content_of(attachment):
    return b"".join(vault.read(attachment.sha256))


def test_a_file_comes_back_as_it_went_in_and_lies_encrypted(cast):
    body = PDF + b"x" * 200_000
    made = store(cast.village_a, upload(body, "证明.pdf"), "people.evidence", A1)
    assert content_of(made) == body
    lying = vault.path_of(made.sha256).read_bytes()
    assert b"%PDF" not in lying
    assert lying.startswith(b"YNF1")
    assert (made.name, made.media_type, made.size) == ("证明.pdf", "application/pdf", len(body))


def test_a_picture_loses_its_exif_and_stands_upright(cast):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "SecretPhone"
    made = store(cast.village_a, upload(picture(exif=exif.tobytes()), "p.jpeg"), "people.evidence", A1)
    body = content_of(made)
    assert b"SecretPhone" not in body
    with Image.open(io.BytesIO(body)) as seen:
        assert seen.size == (30, 40)
        assert not seen.getexif()
    assert made.name == "p.jpg"


@pytest.mark.parametrize(("content", "name"), [
    (b"", "empty.pdf"), (b"MZ\x90\x00" + b"\x00" * 100, "photo.jpg"), (b"<html><script>alert(1)</script>", "list.csv"),
    (b"\xff\xd8\xff\xe0garbage", "broken.jpg"), (zipped(a="x"), "list.xlsx"),
    (zipped(xl__workbook="x", **{"xl/workbook.xml": "<x/>", "xl/vbaProject.bin": "x"}), "macro.xlsx"),
    (b"PK\x03\x04" + b"\x00" * 50, "broken.xlsx"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old.doc"),
    (b"<?xml version='1.0'?><svg onload='x'/>", "drawing.svg"),
])
def test_what_is_not_what_it_seems_is_refused(cast, content, name):
    for purpose in ("people.evidence", "people.import"):
        with pytest.raises(Refused):
            store(cast.town_a, upload(content, name), purpose, A1)
    assert not Attachment.objects.exists()


def test_bombs_are_refused_before_they_are_opened(cast):
    with pytest.raises(Refused):
        store(cast.town_a, upload(zipped(**{"xl/workbook.xml": b"\x00" * 60_000_000}), "b.xlsx"), "people.import", A1)
    bomb = picture("PNG", (9000, 9000))
    with pytest.raises(Refused):
        store(cast.village_a, upload(bomb, "b.png"), "people.evidence", A1)


def test_a_purpose_takes_only_its_kinds(cast):
    assert store(cast.town_a, upload(xlsx(), "名单.xlsx"), "people.import", TOWN_A).name == "名单.xlsx"
    assert store(cast.town_a, upload("姓名,村\n李,汴塘\n".encode("gb18030"), "l.csv"), "people.import", TOWN_A)
    with pytest.raises(Refused):
        store(cast.town_a, upload(PDF, "l.pdf"), "people.import", TOWN_A)


def test_a_file_over_its_limit_is_refused(cast, monkeypatch):
    monkeypatch.setattr("yinian.core.attachments.kinds.LIMITS", dict.fromkeys(
        ("jpg", "png", "webp", "pdf", "docx", "xlsx", "xls", "csv"), 1))
    with pytest.raises(Refused):
        store(cast.village_a, upload(PDF + b"x" * 1_100_000), "people.evidence", A1)


@pytest.mark.parametrize(("given", "kept"), [
    ("..\\..\\etc\\passwd.pdf", "passwd.pdf"), ("a/../b.exe", "b.pdf"), ("\u202egnp.fdp.pdf", "gnp.fdp.pdf"),
    ("", "file.pdf"), ("x" * 400 + ".pdf", "x" * 180 + ".pdf"),
])
def test_names_are_made_harmless(cast, given, kept):
    assert store(cast.village_a, io.BytesIO(PDF), "people.evidence", A1, name=given).name == kept


def test_files_are_stored_and_opened_only_where_the_right_reaches(cast):
    with pytest.raises(NotVisible):
        store(cast.village_a, upload(PDF), "people.evidence", B1)
    with pytest.raises(Forbidden):
        store(cast.finance, upload(PDF), "people.evidence", A1)
    made = store(cast.village_a, upload(PDF), "people.evidence", A1)
    with pytest.raises(NotVisible):
        open_attachment(cast.village_b, made)
    assert not AuditRow.objects.filter(action="attachments.open").exists()


def test_the_download_is_never_shown_in_the_page(cast):
    made = store(cast.village_a, upload(PDF, "证明.pdf"), "people.evidence", A1)
    answer = client_for(cast.village_a).get(f"/files/{made.pk}/")
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert AuditRow.objects.filter(action="attachments.open").count() == 1
    assert client_for(cast.village_b).get(f"/files/{made.pk}/").status_code == 404
    assert client_for(cast.stranger).get(f"/files/{made.pk}/").status_code == 404


@pytest.mark.parametrize("harm", [
    lambda raw: raw[:-5], lambda raw: raw[:60] + bytes([raw[60] ^ 1]) + raw[61:], lambda raw: raw[: 13 + 20 + 65536],
    lambda raw: b"XXXX" + raw[4:], lambda raw: raw + b"\x00\x00\x00\x00" + b"\x00" * 16,
])
def test_a_damaged_or_cut_file_does_not_open(cast, harm):
    made = store(cast.village_a, upload(PDF + b"x" * 100_000), "people.evidence", A1)
    path = vault.path_of(made.sha256)
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(crypto.Unreadable):
        content_of(made)


def test_one_content_lies_once_and_cannot_pose_as_another(cast):
    first = store(cast.village_a, upload(PDF), "people.evidence", A1)
    second = store(cast.village_a, upload(PDF), "people.evidence", A1)
    assert first.pk != second.pk
    assert first.sha256 == second.sha256
    other = store(cast.village_a, upload(PDF + b"2"), "people.evidence", A1)
    vault.path_of(other.sha256).write_bytes(vault.path_of(first.sha256).read_bytes())
    with pytest.raises(crypto.Unreadable):
        content_of(other)
