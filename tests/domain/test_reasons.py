"""Reasons that the database keeps, and says in the reader's language."""

from datetime import date

import pytest

from domain.kernel.reasons import Reason, kept, reason, said, told
from domain.kernel.sentences import LANGUAGES

WAITING = reason("undecided_claims", count=3)
WHYS = [
    said("as it is said"),
    reason("notice_open", moment="2026-04-14 00:00"),
    reason("points_cleared", year=2026, day=date(2026, 4, 14)),
    reason("barred", person="r1", household="H1", why=reason("own_household")),
    reason("year_blocked", year=2026, community="马鞍社区", blockers=(WAITING, WAITING)),
    reason("channel_unwanted", item="7", value="vote", choices=("self", "record")),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("why", WHYS, ids=lambda why: why.code)
def test_what_is_kept_is_told_as_it_was(why: Reason, language: str) -> None:
    assert told(kept(why), language) == why.text(language)


@pytest.mark.parametrize(
    "text", ["", "3 claims registered", "{", '{"reason": ', '{"reason": "gone"}', '{"reason": 5}']
)
def test_any_other_text_is_told_as_it_is(text: str) -> None:
    assert told(text) == text


def test_several_are_strung_together() -> None:
    both = reason("year_blocked", year=2026, community="马鞍社区", blockers=(WAITING, WAITING))
    assert both.text("zh_CN").count("件申报未评议") == 2
    assert (
        "cannot be settled: undecided_claims (3): decide them: `jifen review list`; "
        in both.text("en")
    )
