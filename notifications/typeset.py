"""Typesetting for print (排版): the machine's own Chinese fonts, and where a line may break."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import Refused

# A line never begins with these, nor ends with those (标点避头尾).
NOT_FIRST = frozenset("、。，．：；！？）》〉」』】〕”’％…—·,.:;!?)]}%")
NOT_LAST = frozenset("（《〈「『【〔“‘([{")
# Latin words, numbers and spaces hold together; every other character may stand on a line's end.
_PIECES = re.compile(r"[\u0021-\u024f]+|\s+|.", re.DOTALL)

_WINDOWS = Path("C:/Windows/Fonts")
_MAC = Path("/System/Library/Fonts")
_NOTO = ("/usr/share/fonts/opentype/noto", "/usr/share/fonts/noto-cjk", "/usr/share/fonts/noto")
# Text, bold text and headings: a file and the face within it, best first.
SONG = (
    *((Path(folder) / "NotoSerifCJK-Regular.ttc", 2) for folder in _NOTO),
    (_WINDOWS / "simsun.ttc", 0),
    (_MAC / "Supplemental/Songti.ttc", 6),
    (Path("/usr/share/fonts/truetype/arphic/uming.ttc"), 0),
    (Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"), 0),
)
HEAVY_SONG = (
    *((Path(folder) / "NotoSerifCJK-Bold.ttc", 2) for folder in _NOTO),
    (_WINDOWS / "STZHONGS.TTF", 0),
    (_MAC / "Supplemental/Songti.ttc", 1),
)
HEI = (
    *((Path(folder) / "NotoSansCJK-Bold.ttc", 2) for folder in _NOTO),
    (_WINDOWS / "simhei.ttf", 0),
    (_MAC / "STHeiti Medium.ttc", 1),
    (Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"), 0),
)
Face = tuple[Path, int]


@dataclass(frozen=True)
class Fonts:
    """The faces that a document is set in."""

    song: Face
    heavy: Face
    hei: Face


def find_fonts(font: Path | None = None) -> Fonts:
    """The fonts of this machine, or one `font` for everything; Refused where there is none."""
    if font is not None:
        if not font.is_file():
            raise Refused(f"the font {font} is not there: name a .ttf, .otf or .ttc file")
        return Fonts((font, 0), (font, 0), (font, 0))
    song = _first(SONG)
    if song is None:
        raise Refused(
            "no Chinese font was found for the PDF: install one (Debian: fonts-noto-cjk), or"
            " export html and print it from a browser"
        )
    heavy, hei = _first(HEAVY_SONG) or song, _first(HEI) or song
    return Fonts(song, heavy, hei)


def _first(faces: Sequence[Face]) -> Face | None:
    return next((face for face in faces if face[0].is_file()), None)


def break_lines(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """A text in lines of at most `width`; Chinese breaks anywhere but at its punctuation."""
    lines, line = [], ""
    for piece in _unbreakable(text):
        if not line or measure(line + piece.rstrip()) <= width:
            line += piece
        else:
            lines.append(line.rstrip())
            line = piece.lstrip()
        while measure(line.rstrip()) > width and len(line) > 1:
            # A word that is longer than the line is cut where it must be.
            fits = _cut(line, width, measure)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _unbreakable(text: str) -> list[str]:
    """Pieces between which a line may end."""
    pieces: list[str] = []
    for piece in _PIECES.findall(text):
        if pieces and (piece[0] in NOT_FIRST or pieces[-1][-1] in NOT_LAST):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _cut(line: str, width: float, measure: Callable[[str], float]) -> int:
    fits = 1
    while fits < len(line) and measure(line[: fits + 1]) <= width:
        fits += 1
    return fits
