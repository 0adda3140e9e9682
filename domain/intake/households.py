"""Households and members (农户、成员): keyed by their codes, and never overwritten by a sheet."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import select

from domain.community.joining import join
from domain.community.participation import joins_on
from domain.community.registry import adoptions_of, households_of, ruleset_on
from domain.intake.answers import Answer, RowOutcome
from domain.intake.directory import Directory
from domain.intake.job import Cells, Job, Kind, Known, Unfit, take_rows
from domain.intake.lookalikes import Register
from domain.intake.parsed import Fault, Parsed, digest_of
from domain.kernel.names import pasted
from domain.kernel.reasons import reason
from domain.store.tables.people import Household, Member


def take_households(job: Job, parsed: Parsed) -> list[Answer]:
    """Enter households in the register (see `joins_on` for one without a date).

    A row that only adds the day on which a household declared its will is taken up. A new code
    that looks like one of the register is refused, unless the row says that it is another (另一户).
    """
    began = adoptions_of(job.session, job.community)[0].starts_on
    who = ruleset_on(job.session, job.community, max(began, job.today)).participants
    known = {household.code: household for household in households_of(job.session, job.community)}
    register = Register((code, home.head) for code, home in known.items())

    def take(cells: Cells) -> RowOutcome | Known:
        given = _fields(cells)
        digest = digest_of("households", cells)
        found = known.get(cells["household"])
        if found is None:
            _refuse_lookalike(register, cells, known)
            given.setdefault("enrolled_on", joins_on(who, began))
            found = Household(
                community_id=job.community.id,
                code=cells["household"],
                imported=digest,
                **given,
            )
            known[found.code] = found
            register.add(found.code, found.head)
            job.session.add(found)
            return "accepted"
        # What came before is known again, whatever has changed since.
        if found.imported == digest:
            return _known(found)
        declares = found.enrolled_on is None and "enrolled_on" in given
        same = all(
            getattr(found, name) == value
            for name, value in given.items()
            if not (declares and name == "enrolled_on")
        )
        if not same:
            raise Unfit(
                "household", reason("household_differs", ref=found.code, word=pasted(found.code))
            )
        if not declares:
            return _known(found)
        join(job.session, job.community, found, date.fromisoformat(cells["enrolled_on"]))
        found.imported = digest
        return "accepted"

    return _take(job, parsed, Kind(take, column="household"))


def _known(home: Household) -> RowOutcome | Known:
    return "already" if home.left_on is None else Known(reason("has_left", day=home.left_on))


def _refuse_lookalike(register: Register, cells: Cells, known: dict[str, Household]) -> None:
    near = register.near(cells["household"], cells["head"])
    if near is not None and cells.get("distinct") != "yes":
        why = reason("household_looks", value=cells["household"], near=near, head=known[near].head)
        raise Unfit("household", why)


def _fields(cells: Cells) -> dict[str, Any]:
    """A household's fields; a date of joining that is not given is not compared either."""
    fields: dict[str, Any] = {
        "head": cells["head"],
        "area": cells.get("group", ""),
        "phone": cells.get("phone", ""),
        "registered": cells.get("registered", "yes") == "yes",
        "consent": cells.get("consent", "no") == "yes",
        "members": int(cells["members"]) if "members" in cells else None,
        "resident_since": _day(cells, "resident_since"),
    }
    if "enrolled_on" in cells:
        fields["enrolled_on"] = _day(cells, "enrolled_on")
    return fields


def _day(cells: Cells, column: str) -> date | None:
    return date.fromisoformat(cells[column]) if column in cells else None


def take_members(job: Job, parsed: Parsed) -> list[Answer]:
    """Enter the taking-part members of households."""
    homes = Directory(households_of(job.session, job.community))
    members = job.session.scalars(
        select(Member)
        .join(Household, Household.id == Member.household_id)
        .where(Household.community_id == job.community.id)
    )
    known = {(member.household_id, member.code): member.name for member in members}
    registers: dict[int, Register] = {}
    for (home, code), name in known.items():
        registers.setdefault(home, Register()).add(code, name)

    def check(cells: Cells) -> Iterator[Fault]:
        code = cells.get("household")
        unknown = homes.unknown(code) if code is not None else None
        if unknown is not None:
            yield Fault("household", unknown)

    def take(cells: Cells) -> RowOutcome:
        home = homes.by_code[cells["household"]].id
        key = (home, cells["member"])
        if key not in known:
            register = registers.setdefault(home, Register())
            near = register.near(cells["member"], cells["name"])
            if near is not None and cells.get("distinct") != "yes":
                name = known[home, near]
                raise Unfit(
                    "member", reason("member_looks", value=cells["member"], near=near, name=name)
                )
            register.add(cells["member"], cells["name"])
            known[key] = cells["name"]
            job.session.add(Member(household_id=home, code=cells["member"], name=cells["name"]))
            return "accepted"
        if known[key] != cells["name"]:
            raise Unfit("member", reason("other_content", ref=cells["member"]))
        return "already"

    return _take(job, parsed, Kind(take, check, column="household"))


def _take(job: Job, parsed: Parsed, kind: Kind) -> list[Answer]:
    answers = take_rows(job, parsed, kind)
    job.session.flush()
    return answers
