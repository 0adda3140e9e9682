"""The text in a PDF (可检索的文字): what is printed is found by a search, and nothing is left out.

The renderer names a glyph by the first character that its font has for it: where a radical (⼾,
U+2F3E) looks like the character (户), it writes the radical, and a search for 户 finds nothing. The
page's own text says which was meant.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import StreamObject

from domain.kernel.errors import Refused
from domain.kernel.local_time import LOCAL
from domain.kernel.reasons import reason

# Characters that fonts draw with one glyph: the radical, and the character that looks like it
# (Unicode's EquivalentUnifiedIdeograph). Compatibility forms (NFKC) need no table.
_RADICALS = (
    "⺂乛⺃乚⺅亻⺇𠘨⺉刂⺋㔾⺍𭕄⺎兀⺏尣⺐尢⺒巳⺓幺⺔彑⺕彐⺖忄⺘扌⺙攵⺛旡⺞歺⺠民⺡氵⺣灬⺤爫⺦丬⺨犭⺩𤣩⺫罒⺭礻⺮𥫗⺯糹⺰纟"
    "⺱罓⺲罒⺳㓁⺹耂⺺肀⺽𦥑⺾艹⻁虎⻂衤⻃覀⻅见⻆角⻇𧢲⻈讠⻉贝⻊𧾷⻋车⻌辶⻐钅⻑長⻒镸⻓长⻔门⻕𨸏⻖阝⻘青⻙韦⻚页⻛风⻜飞⻝食"
    "⻞𩙿⻟飠⻠饣⻡𩠐⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻮齿⻯竜⻰龙⻱龜⻲亀⼾户"
)
_DOTS = "·•·・·‧•·•‧・·⋯…−-‒–"
_EQUIVALENT: dict[str, set[str]] = {}
for _one, _other in zip((_RADICALS + _DOTS)[::2], (_RADICALS + _DOTS)[1::2], strict=True):
    _EQUIVALENT.setdefault(_one, set()).add(_other)
    _EQUIVALENT.setdefault(_other, set()).add(_one)

_TARGET = re.compile(rb"(<[0-9a-f]+>) <([0-9a-f]{4,8})>")
# What is for the screen only, or is not shown at all: elements, and a class of any element.
_NOT_PRINTED = frozenset({"head", "style", "script", "nav"})
_SCREEN = "narrow"  # on a phone
_WITHOUT_END = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})
# Blanks, controls, and marks that tell how to lay out.
_INVISIBLE = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
CHARACTERS_NAMED = 5


def finished(pdf: bytes, html: str, created: datetime) -> bytes:
    """The PDF with text that can be searched, and the same bytes for the same page.

    Refused where a character of the page is not printed.
    """
    text = printed_text(html)
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    for cmap in _character_maps(writer):
        cmap.set_data(_TARGET.sub(_named_by(set(text)), cmap.get_data()))
    moment = f"D:{created.astimezone(LOCAL):%Y%m%d%H%M%S}+08'00'"
    title = writer.metadata.title if writer.metadata else None
    writer.metadata = {"/Title": title or "", "/CreationDate": moment, "/ModDate": moment}
    written = BytesIO()
    writer.write(written)
    _require_all(text, written)
    return written.getvalue()


def printed_text(html: str) -> str:
    """The text of a page that is meant for paper."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)


class _Text(HTMLParser):
    """Collects the text, but for what stands in elements that are not printed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._open: list[bool] = []  # of each element that is open: whether it is not printed

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _WITHOUT_END:
            classes = (dict(attrs).get("class") or "").split()
            self._open.append(tag in _NOT_PRINTED or _SCREEN in classes)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _WITHOUT_END and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._open):
            self.parts.append(data)


def _character_maps(writer: PdfWriter) -> Iterator[StreamObject]:
    """The ToUnicode map of every font, each once."""
    seen: set[int] = set()
    for page in writer.pages:
        yield from _maps_of(page.get("/Resources"), seen)


def _maps_of(resources: Any, seen: set[int]) -> Iterator[StreamObject]:
    if resources is None:
        return
    resources = resources.get_object()
    for font in resources.get("/Font", {}).values():
        cmap = font.get_object().get("/ToUnicode")
        if cmap is not None and cmap.idnum not in seen:
            seen.add(cmap.idnum)
            yield cmap.get_object()
    for form in resources.get("/XObject", {}).values():
        if form.idnum not in seen:
            seen.add(form.idnum)
            yield from _maps_of(form.get_object().get("/Resources"), seen)


def _named_by(characters: set[str]) -> Any:
    """Replaces a glyph's character by the one that the page has."""

    def replaced(match: re.Match[bytes]) -> bytes:
        glyph, code = match.groups()
        written = bytes.fromhex(code.decode()).decode("utf-16-be", "replace")
        meant = _meant(written, characters)
        return b"%s <%s>" % (glyph, meant.encode("utf-16-be").hex().encode())

    return replaced


def _meant(written: str, characters: set[str]) -> str:
    if written in characters:
        return written
    alike = {unicodedata.normalize("NFKC", written), *_EQUIVALENT.get(written, ())}
    return next(iter(sorted(alike & characters)), written)


def _require_all(text: str, pdf: BytesIO) -> None:
    """Refuse a PDF that lacks characters of the page: no glyph, or an element left out."""
    found = _counted("".join(page.extract_text() for page in PdfReader(pdf).pages))
    missing = _counted(text) - found
    if missing:
        named = "".join(sorted(missing)[:CHARACTERS_NAMED])
        raise Refused(reason("not_printed", count=missing.total(), characters=named))


def _counted(text: str) -> Counter[str]:
    """How often each character stands in a text; blanks and invisible ones do not count."""
    plain = unicodedata.normalize("NFKC", text)
    return Counter(each for each in plain if unicodedata.category(each) not in _INVISIBLE)
