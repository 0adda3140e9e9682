"""Codes and names that people give (编号与名称): short, on one line, never blank."""

from domain.errors import BadInput

CODE_MAX, NAME_MAX = 64, 100


def require_short(what: str, text: str, limit: int = CODE_MAX) -> None:
    """Refuse (BadInput) a text that cannot be a code or a name; `what` says whose it is."""
    if not text.strip() or not text.isprintable() or len(text) > limit:
        raise BadInput(f"{what} must be 1 to {limit} printable characters")
