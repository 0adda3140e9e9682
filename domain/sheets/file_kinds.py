"""What a file is (文件类型) that is no table: its content says, not its name.

The answers are codes of the catalogue (`domain.kernel.sentences`), which also say what to do.
"""

import re
from collections.abc import Sequence

_HEAD_BYTES = 4096
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of streams in a compound file, as its directory keeps them.
_STREAMS = (
    ("EncryptedPackage", "kind_locked"),
    ("EncryptionInfo", "kind_locked"),
    ("WordDocument", "kind_document"),
    ("PowerPoint Document", "kind_slides"),
    ("Workbook", "kind_xls"),
    ("Book", "kind_xls"),
)
_BEGINNINGS = (
    (b"%PDF", "kind_pdf"),
    (b"\x89PNG", "kind_picture"),
    (b"\xff\xd8\xff", "kind_picture"),
    (b"GIF8", "kind_picture"),
    (b"II*\0", "kind_picture"),
    (b"MM\0*", "kind_picture"),
    (b"Rar!", "kind_archive"),
    (b"7z\xbc\xaf\x27\x1c", "kind_archive"),
    (b"\x1f\x8b", "kind_archive"),
    (b"{\\rtf", "kind_document"),
    (b"ID;P", "kind_other_sheet"),
    (b"\x09\x08\x10\0", "kind_xls"),
    (b"\x09\x08\x08\0", "kind_xls"),
    (b"\x09\x04\x06\0", "kind_xls"),
    (b"\x09\x02\x06\0", "kind_xls"),
    (b"\x09\0\x04\0", "kind_xls"),
    (b"SQLite format 3", "kind_database"),
)
_PARTS = (
    ("xl/workbook.bin", "kind_xlsb"),
    ("word/document.xml", "kind_document"),
    ("ppt/presentation.xml", "kind_slides"),
)
_MARKUP = re.compile(r"<[!?a-zA-Z]")
_WEB_MAIL = re.compile(r"(?i)(MIME-Version|Content-Type|From|Subject):")


def kind_of_file(data: bytes) -> str | None:
    """The code of what a file is that is neither text nor a package; None for another file."""
    if data.startswith(_OLE[:4]):
        # The directory may stand anywhere in the file.
        for name, kind in _STREAMS:
            if name.encode("utf-16-le") + b"\0\0" in data:
                return kind
        return "kind_xls"
    return next((kind for start, kind in _BEGINNINGS if data.startswith(start)), None)


def kind_of_package(parts: Sequence[str]) -> str:
    """The code of what a ZIP package is that holds no workbook."""
    for part, kind in _PARTS:
        if part in parts:
            return kind
    return "kind_other_sheet" if "content.xml" in parts else "kind_archive"


def kind_of_text(text: str) -> str | None:
    """The code of a web page or XML that calls itself a sheet; None for a text that may be one."""
    head = text[:_HEAD_BYTES].lstrip("\ufeff \t\r\n")
    if _WEB_MAIL.match(head) and "multipart" in head:
        return "kind_page"
    if not _MARKUP.match(head):
        return None
    if "urn:schemas-microsoft-com:office:spreadsheet" in head and not re.search(r"(?i)<html", head):
        return "kind_xml_sheet"
    if head.startswith("<?xml") and not re.search(r"(?i)<html|<!doctype html", head):
        return "kind_xml"
    return "kind_page"
