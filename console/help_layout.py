"""How help is laid out (帮助排版): by columns of the terminal; a Chinese sign takes two."""

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from typer._click.formatting import HelpFormatter

# A word of a Western language stays whole; between Chinese signs a line may end anywhere.
_PIECES = re.compile(r"[!-~]+ *|.")
_BROKEN = re.compile(r"\s*\n\s*")
# Signs that no line begins with.
_CLOSING = "，。；：、！？）》”…"


class WideFormatter(HelpFormatter):
    """Typer's layout, measured by what stands on the screen."""

    def write_text(self, text: str) -> None:
        """Paragraphs, as wide as there is room."""
        indent = " " * self.current_indent
        paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
        self.write(
            "\n\n".join(
                "\n".join(f"{indent}{line}" for line in lines(part, self.width - len(indent)))
                for part in paragraphs
            )
            + "\n"
        )

    def write_dl(
        self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Terms with what they mean, in two columns."""
        widest = max((cell_len(term) for term, _meaning in rows), default=0)
        column = min(widest, col_max) + col_spacing
        indent = " " * self.current_indent
        for term, meaning in rows:
            told = [*lines(meaning, self.width - len(indent) - column)]
            fits = cell_len(term) + col_spacing <= column
            first = told.pop(0) if fits and told else ""
            self.write(f"{indent}{term}{' ' * (column - cell_len(term))}{first}".rstrip() + "\n")
            for line in told:
                self.write(f"{indent}{' ' * column}{line}\n")


def lines(text: str, width: int) -> Iterator[str]:
    """A text in lines of at most so many columns; a closing sign may stand beyond."""
    line = ""
    for piece in _PIECES.findall(_BROKEN.sub(" ", text)):
        wide = cell_len(line) + cell_len(piece.rstrip()) > max(width, 10)
        if line and wide and piece not in _CLOSING:
            yield line.rstrip()
            line = ""
        line += piece if line else piece.lstrip()
    if line:
        yield line.rstrip()
