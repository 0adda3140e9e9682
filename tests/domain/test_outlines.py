"""Villages with rules of their own: what the service asks of all of them at once stays cheap."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from domain.community import registry as communities
from domain.community.adoption import add_community, adopt
from domain.community.outlines import outlines_on
from domain.kernel.errors import Refused
from domain.operations.metrics import measure
from domain.operations.status import findings
from domain.rules.load import content_of, ruleset_ids, shipped
from domain.rules.outline import Outline
from domain.rules.schema import Ruleset
from domain.store.database import reading, writing
from domain.store.tables.people import Community
from domain.store.tables.rules import Adoption, RulesetVersion
from tests.domain.builders import day, moment, rules
from tests.rules.builders import SOURCE, item

AT = moment("04-10T12:00")
VILLAGES = 6


def own_rules(number: int) -> Ruleset:
    """A village's own version: its item is worth something else."""
    return rules(item("sweep", points=number), title=f"第{number}村积分细则")


def found(session: Session, first: int, villages: int) -> list[Community]:
    return [
        add_community(
            session, f"v{number}", f"第{number}村", "镇", own_rules(number), day("01-01"), AT
        )
        for number in range(first, first + villages)
    ]


@pytest.mark.parametrize("name", ruleset_ids())
def test_an_outline_says_what_the_ruleset_says(name: str) -> None:
    ruleset = shipped(name)
    outline = Outline.model_validate_json(content_of(ruleset))
    assert {part: getattr(ruleset, part) for part in Outline.model_fields} == dict(outline)


def test_the_outline_in_force_is_that_of_the_last_adoption(session: Session) -> None:
    one, two = found(session, 1, 2)
    later = rules(redemption={"every": "half_year", **SOURCE})
    adopt(session, one, later, day("04-01"), AT)
    before, after = (outlines_on(session, day(each), None) for each in ("03-31", "04-01"))
    assert before[one.id] is before[two.id], "outlines that say the same are kept once"
    assert after[one.id].redemption.every == "half_year"
    assert after[two.id] is before[two.id]
    assert outlines_on(session, day("04-01"), [two.id]).keys() == {two.id}


def test_a_version_that_does_not_have_its_hash_is_refused(session: Session) -> None:
    [village] = found(session, 71, 1)
    forged = RulesetVersion(
        hash="0" * 64, ruleset="made-up", version="1", content=content_of(own_rules(72))
    )
    session.add(forged)
    session.flush()
    session.add(
        Adoption(community_id=village.id, starts_on=day("02-01"), hash=forged.hash, adopted_at=AT)
    )
    session.flush()
    with pytest.raises(Refused):
        outlines_on(session, day("03-01"), None)


@pytest.mark.parametrize(
    "ask", [lambda s: measure(s, AT), lambda s: findings(s, None, AT)], ids=["metrics", "status"]
)
def test_a_look_at_all_reads_no_version_whole_and_none_twice(
    engine: Engine, ask: Callable[[Session], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        asked.append(statement)

    def look() -> int:
        asked.clear()
        with reading(engine) as session:
            ask(session)
        return sum("ruleset_version" in each for each in asked)

    with writing(engine) as session:
        found(session, 11, VILLAGES)
    communities._parsed.cache_clear()
    event.listen(engine, "before_cursor_execute", note)
    monkeypatch.setattr("domain.community.outlines._known", {})
    assert look() == 1, "new versions are read in one query, whatever their number"
    assert look() == 0
    queries = len(asked)
    with writing(engine) as session:
        found(session, 21, VILLAGES)
    communities._parsed.cache_clear()
    look()
    look()
    assert len(asked) == queries, "a look asks as often as with half as many villages"
    assert communities._parsed.cache_info().currsize == 0
