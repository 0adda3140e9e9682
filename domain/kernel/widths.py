"""Widths of texts (字宽): on paper and in sheets a Chinese character takes two columns."""


def width_of(text: str, narrow: float = 1) -> float:
    """Columns that a text takes; a letter or digit takes `narrow` of them.

    All from U+1100 on counts as wide: in Chinese fonts dashes, dots and signs are, too. A terminal
    has its own rules, which Rich knows (`rich.cells`).
    """
    return sum(2 if character >= "\u1100" else narrow for character in text)
