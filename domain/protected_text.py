"""Cells kept from being taken for numbers (文本保护): ="500102…" and '500102…, as exports write."""

import re

_PROTECTED = re.compile(r"\s*(?:=\"([^\"]*)\"|'([^'\s][^']*))\s*")
# In a workbook's XML, what such a cell begins with.
_IN_XML = (b">'", b'>="', b">=&quot;", b">&apos;", b">&#39;")


def may_be_protected(text: str) -> bool:
    """Whether any cell of a text may be as `unprotected` knows them."""
    return "'" in text or '="' in text


def unprotected(cell: str) -> str:
    """A cell without what keeps a spreadsheet from taking it for a number: ="500102…", '500102…."""
    found = _PROTECTED.fullmatch(cell)
    return cell if found is None else found[1] or found[2] or ""


def may_be_protected_in_xml(piece: bytes) -> bool:
    """Whether any text of a piece of XML may be so."""
    return any(mark in piece for mark in _IN_XML)
