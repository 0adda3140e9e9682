"""What is no sheet is told what it is, and what to do, whatever it calls itself."""

import zipfile
from pathlib import Path

import pytest

from domain.kernel.errors import BadSheet
from domain.kernel.reasons import reason
from domain.sheets.reading import read_table

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504


def stream(name: str) -> bytes:
    """A compound file with a stream of this name, as its directory names it."""
    return OLE + (name.encode("utf-16-le") + b"\0\0").ljust(128, b"\0")


FILES = {
    "kind_page": [
        b"<html><body><table><tr><td>\xe6\x88\xb7\xe5\x8f\xb7</td></tr></table>",
        b"\r\n  <!DOCTYPE html>\n<html>",
        b"<table border=1><tr><td>1</td></tr></table>",
        "\ufeff<HTML>户号".encode(),
        "<html><meta charset=gb2312>户号".encode("gbk"),
        "<html>户号".encode("utf-16"),
        b"<meta http-equiv=Content-Type><table>",
        b'<?xml version="1.0"?>\n<!DOCTYPE html><html>',
        b'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><table>',
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n",
        b"<!-- saved --><table></table>",
    ],
    "kind_xml_sheet": [
        b'<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
        b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>',
    ],
    "kind_xml": [b'<?xml version="1.0" encoding="utf-8"?><rows><row/></rows>'],
    "kind_xls": [stream("Workbook"), stream("Book"), b"\x09\x08\x10\0" + b"\0" * 90],
    "kind_locked": [stream("EncryptedPackage"), stream("EncryptionInfo")],
    "kind_document": [stream("WordDocument"), b"{\\rtf1\\ansi"],
    "kind_slides": [stream("PowerPoint Document")],
    "kind_pdf": [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"],
    "kind_picture": [b"\x89PNG\r\n\x1a\n\0", b"\xff\xd8\xff\xe0\0\x10JFIF", b"GIF89a"],
    "kind_archive": [b"Rar!\x1a\x07\x01\0", b"7z\xbc\xaf\x27\x1c\0\x04", b"\x1f\x8b\x08\0"],
}
PACKAGES = {
    "kind_document": "word/document.xml",
    "kind_slides": "ppt/presentation.xml",
    "kind_xlsb": "xl/workbook.bin",
    "kind_other_sheet": "content.xml",
    "kind_archive": "claims.csv",
}


def refusal(path: Path) -> BadSheet:
    with pytest.raises(BadSheet) as caught:
        read_table(path)
    return caught.value


@pytest.mark.parametrize("name", ["a.xlsx", "b.xls", "c.csv", "d.et"])
@pytest.mark.parametrize(("kind", "data"), [(kind, data) for kind in FILES for data in FILES[kind]])
def test_it_is_told_what_it_is(tmp_path: Path, kind: str, data: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    error = refusal(path)
    assert error.why.values["what"] == reason(kind)
    assert "这" in str(error)
    assert ".xlsx" in str(error)
    assert name in str(error)
    assert "\n" not in str(error)
    assert error.exit_code == 2


@pytest.mark.parametrize("kind", PACKAGES)
def test_packages(tmp_path: Path, kind: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as package:
        package.writestr("[Content_Types].xml", "<x/>")
        package.writestr(PACKAGES[kind], "<x/>")
    assert refusal(tmp_path / "a.xlsx").why.values["what"] == reason(kind)


@pytest.mark.parametrize(
    "data", [b"", b"\n \n", b"\xef\xbb\xbf", "\ufeff".encode("utf-16-le"), b",,\n,,\n"]
)
def test_empty_files(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(data)
    assert str(refusal(tmp_path / "a.xlsx")) == "文件 a.xlsx 是空的：要有一行表头，下面逐行填写"
