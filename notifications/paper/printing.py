"""Pages on paper (PDF) and as pictures (PNG), made from the HTML that a browser shows (打印).

PlutoPrint sets them: docs/decisions/printing.md says why. Where it cannot be had, a browser prints.
"""

from datetime import datetime
from importlib import import_module
from io import BytesIO
from typing import Any

from domain.kernel.errors import Refused
from domain.kernel.reasons import reason
from notifications.paper.fonts import font_style

PAPERS = ("A4", "A3")
# The type of a printed page in pt; and by how much it may grow while the page takes no more sheets.
TYPE_PT = 12.0
GROWTH = (1.6, 1.45, 1.3, 1.15, 1.0)
# A picture for a phone: as wide as its screen in CSS pixels, and twice as fine.
PICTURE_WIDTH_PX = 540
PICTURE_SCALE = 2


def page_pdf(html: str, created: datetime) -> bytes:
    """A page as PDF on the paper that its style names, its type as large as its sheets allow.

    The same page gives the same bytes. Refused where the machine has no printer or no font, or
    where something of the page would not be printed.
    """
    from notifications.paper.pdf_text import finished  # lazy: start

    sheets = _book(html, 1.0).get_page_count()
    for growth in GROWTH:
        book = _book(html, growth)
        if book.get_page_count() <= sheets:
            break
    written = BytesIO()
    book.write_to_pdf_stream(written)
    return finished(written.getvalue(), html, created)


def page_png(html: str) -> bytes:
    """A page as one long picture, for a group chat."""
    printer = _printer()
    size = printer.PageSize(PICTURE_WIDTH_PX * printer.UNITS_PX, printer.PAGE_SIZE_A4.height)
    book = printer.Book(size, printer.PAGE_MARGINS_NONE, printer.MEDIA_TYPE_SCREEN)
    _load(book, html, font_style())
    written = BytesIO()
    book.write_to_png_stream(written, PICTURE_WIDTH_PX * PICTURE_SCALE)
    return written.getvalue()


def _book(html: str, growth: float) -> Any:
    """The page laid out for paper, its type so many times as large."""
    printer = _printer()
    larger = f"@media print {{ html {{ font-size: {TYPE_PT * growth}pt !important }} }}"
    book = printer.Book(printer.PAGE_SIZE_A4, printer.PAGE_MARGINS_NORMAL, printer.MEDIA_TYPE_PRINT)
    _load(book, html, f"{font_style()} {larger}")
    return book


def _load(book: Any, html: str, style: str) -> None:
    """A page carries all that it needs: nothing is fetched, from the net or from the disk."""
    printer = _printer()

    def fetch_url(_fetcher: Any, url: str) -> Any:
        if url.startswith("data:"):
            return printer.default_resource_fetcher.fetch_url(url)
        raise ValueError("a page that is printed fetches nothing")

    nothing = type("Nothing", (printer.ResourceFetcher,), {"fetch_url": fetch_url})
    book.custom_resource_fetcher = nothing()
    book.load_html(html, style)


def _printer() -> Any:
    """The printing component, which some machines have no wheel of."""
    try:
        return import_module("plutoprint")
    except ImportError as error:
        raise Refused(reason("no_printer")) from error
