"""Characters of private use (私用区) that old Chinese fonts and GB 18030-2000 left behind.

Those that a standard has given a place since are read as what they stand for; the others look
different on every machine, and so are refused where they come up (`domain.intake.cells`).
"""

# Where GB 18030 has assigned the two bytes, Python's codec knows the character.
_PAIRS = (
    (0xE76C, b"\xa2\xe3", 1),
    (0xE7C8, b"\xa8\xbf", 1),
    (0xE7E7, b"\xa9\x89", 13),
    (0xE815, b"\xfe\x50", 47),
    (0xE844, b"\xfe\x80", 33),
)
# What GB 18030-2005 and -2022 changed after the edition that Python's codec follows: table 1 of
# “The GB 18030-2022 Standard” (Ken Lunde, 2022), the same as WHATWG's index gb18030.
_LATER = {
    0xE78D: 0xFE10,
    0xE78E: 0xFE12,
    0xE78F: 0xFE11,
    0xE790: 0xFE13,
    0xE791: 0xFE14,
    0xE792: 0xFE15,
    0xE793: 0xFE16,
    0xE794: 0xFE17,
    0xE795: 0xFE18,
    0xE796: 0xFE19,
    0xE7C7: 0x1E3F,
    0xE816: 0x20087,
    0xE817: 0x20089,
    0xE818: 0x200CC,
    0xE81E: 0x9FB4,
    0xE826: 0x9FB5,
    0xE82B: 0x9FB6,
    0xE82C: 0x9FB7,
    0xE831: 0x215D7,
    0xE832: 0x9FB8,
    0xE83B: 0x2298F,
    0xE843: 0x9FB9,
    0xE854: 0x9FBA,
    0xE855: 0x241FE,
    0xE864: 0x9FBB,
}


def _standard() -> dict[int, int]:
    table = dict(_LATER)
    for first, pair, count in _PAIRS:
        for step in range(count):
            character = bytes((pair[0], pair[1] + step)).decode("gb18030")
            table.setdefault(first + step, ord(character))
    return table


STANDARD = _standard()


def without_private_use(text: str) -> str:
    """The text with those characters as what they stand for; others stay as they are."""
    return text.translate(STANDARD)
