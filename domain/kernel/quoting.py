"""Cells and values as a sentence repeats them (引用): as a sheet shows them, and never too long."""

from typing import Any

CLIP = 60  # characters of a cell that a sentence repeats


class Shown(float):
    """A number that its cell shows otherwise than plainly: `text` is what the clerk sees."""

    text: str

    def __new__(cls, value: float, text: str) -> "Shown":
        number = super().__new__(cls, value)
        number.text = text
        return number


def whole(cell: Any) -> Any:
    """A number as a sheet shows it: 3.0 as 3, 7 as 007; any other cell as it is."""
    if isinstance(cell, Shown):
        return cell.text
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**15:
        return int(cell)
    return cell


def shown(cell: object, limit: int = CLIP) -> str:
    """A cell as a sentence repeats it: on one line, not too long."""
    text = " ".join(str(whole(cell))[: 10 * limit].replace("\0", "\ufffd").split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
