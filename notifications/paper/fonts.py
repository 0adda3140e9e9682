"""The machine's own Chinese fonts for what is printed (打印字体).

The renderer takes the first family that a style names, installed or not; so the families are
chosen here by the files that are there.
"""

from pathlib import Path

from domain.kernel.errors import Refused
from domain.kernel.reasons import reason

_NOTO = ("/usr/share/fonts/opentype/noto", "/usr/share/fonts/noto-cjk", "/usr/share/fonts/noto")
_WINDOWS = Path("C:/Windows/Fonts")
_ARPHIC = Path("/usr/share/fonts/truetype/arphic/uming.ttc")
_WQY = Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc")

Family = tuple[str, tuple[Path, ...]]


def _noto(file: str) -> tuple[Path, ...]:
    return tuple(Path(folder) / file for folder in _NOTO)


# For text, and for headings: a family and the files that it may be in, best first.
SONG: tuple[Family, ...] = (
    ("Noto Serif CJK SC", _noto("NotoSerifCJK-Regular.ttc")),
    ("SimSun", (_WINDOWS / "simsun.ttc",)),
    ("AR PL UMing CN", (_ARPHIC,)),
    ("WenQuanYi Zen Hei", (_WQY,)),
)
HEI: tuple[Family, ...] = (
    ("Noto Sans CJK SC", (*_noto("NotoSansCJK-Bold.ttc"), *_noto("NotoSansCJK-Regular.ttc"))),
    ("SimHei", (_WINDOWS / "simhei.ttf",)),
    ("WenQuanYi Zen Hei", (_WQY,)),
)
# A language's own form of a digit or a quotation mark, and two letters drawn as one, are glyphs
# that bear no character: no search would find what they show.
PLAIN_GLYPHS = 'font-feature-settings: "locl" 0, "liga" 0 !important;'


def font_style() -> str:
    """The stylesheet that names installed fonts; Refused where there is no Chinese one."""
    song = _first(SONG)
    if song is None:
        raise Refused(reason("no_chinese_font"))
    hei = _first(HEI) or song
    families = {"title": song, "body": song, "table": song, "heading": hei, "digits": hei}
    named = "".join(f'--{name}: "{family}" !important;' for name, family in families.items())
    return f":root, :lang(en) {{ {named} }} * {{ {PLAIN_GLYPHS} }}"


def _first(families: tuple[Family, ...]) -> str | None:
    for name, files in families:
        if any(file.is_file() for file in files):
            return name
    return None
