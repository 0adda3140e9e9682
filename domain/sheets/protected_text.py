"""Cells kept from being taken for numbers (文本保护): ="500102…" and '500102…, as exports write."""

import re

_PROTECTED = re.compile(r"\s*(?:=\"([^\"]*)\"|'([^'\s][^']*))\s*")
# In a workbook's XML, what such a cell begins with; and what none of it is without, found at once.
_IN_XML = {
    b"'": (b">'",),
    b"&": (b">=&quot;", b">&apos;", b">&#39;"),
    b"=": (b'>="',),
}


def may_be_protected(text: str) -> bool:
    """Whether any cell of a text may be as `unprotected` knows them."""
    return "'" in text or '="' in text


def unprotected(cell: str) -> str:
    """A cell without what keeps a spreadsheet from taking it for a number: ="500102…", '500102…."""
    found = _PROTECTED.fullmatch(cell)
    return cell if found is None else found[1] or found[2] or ""


def may_be_protected_in_xml(piece: bytes) -> bool:
    """Whether any text of a piece of XML may be so."""
    marks = (mark for rare, marks in _IN_XML.items() if rare in piece for mark in marks)
    return any(mark in piece for mark in marks)
