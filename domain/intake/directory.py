"""A community's households as clerks name them (户号、户主、组)."""

import re
from collections.abc import Iterable, Sequence

from domain.intake.lookalikes import look, naming
from domain.kernel.quoting import shown
from domain.kernel.reasons import Reason, reason
from domain.store.tables.people import Household

SIMILAR_MAX = 3
_NUMBER = re.compile(r"\d+")
_BARE_NUMBER = re.compile(r"[\W第号户家]*(\d+)[\W第号户家]*")


class Directory:
    """Households by code and by head, and what a code that nobody has may have meant."""

    def __init__(self, households: Iterable[Household]) -> None:
        self.by_code = {home.code: home for home in households}
        self._by_head: dict[str, list[Household]] = {}
        self._by_look: dict[str, list[str]] = {}
        self._by_number: dict[int, list[str]] = {}
        for code, home in self.by_code.items():
            self._by_head.setdefault(naming(home.head), []).append(home)
            self._by_look.setdefault(look(code), []).append(code)
            numbers = _NUMBER.findall(code)
            if len(numbers) == 1:
                self._by_number.setdefault(int(numbers[0]), []).append(code)

    def near(self, text: str) -> tuple[str, ...]:
        """The codes that look like this text, have its number alone, or whose head it names."""
        bare = _BARE_NUMBER.fullmatch(text)
        near = [
            *self._by_look.get(look(text), ()),
            *(self._by_number.get(int(bare[1]), ()) if bare and len(bare[1]) < 10 else ()),
            *(home.code for home in self._by_head.get(naming(text), ())),
        ]
        return tuple(dict.fromkeys(near))[:SIMILAR_MAX]

    def unknown(self, code: str) -> Reason | None:
        """Why a code is refused; None where a household has it."""
        return None if code in self.by_code else unknown_household(code, self.near(code))

    def headed(self, head: str, group: str = "") -> Household | Reason:
        """The one household with this head (in this group), or why there is none to be taken.

        One that has left is meant only where no other has such a head.
        """
        found = self._by_head.get(naming(head), [])
        if not found:
            return reason("head_unknown", value=shown(head))
        there = [home for home in found if home.left_on is None] or found
        if group:
            there = [home for home in there if naming(home.area) == naming(group)]
        if len(there) == 1:
            return there[0]
        if not there:
            codes = tuple(home.code for home in found[:SIMILAR_MAX])
            return reason("head_elsewhere", value=shown(head), group=shown(group), codes=codes)
        codes = tuple(home.code for home in there[: 2 * SIMILAR_MAX])
        return reason("head_ambiguous", value=shown(head), codes=codes)


def unknown_household(code: str, similar: Sequence[str] = ()) -> Reason:
    """Why a household's code is refused, with those that it may have meant."""
    if similar:
        return reason("household_similar", value=shown(code), similar=tuple(similar))
    return reason("household_unknown", value=shown(code))
