"""The filled cells of an inspection sheet (检查评分), one after the other, as claims."""

import json
from dataclasses import dataclass, field
from typing import Any

from domain.intake.book import Book
from domain.intake.cells import BadCell, points, refuse_formula, utc_text
from domain.intake.columns import REF_MAX, title_of
from domain.intake.job import Job
from domain.intake.parsed import Fault, Parsed, as_json, digest_of
from domain.intake.screening import ClaimColumns
from domain.kernel.period import Period
from domain.kernel.reasons import reason

_PERIOD = title_of("inspection", "period")
# Texts of claims that an inspection sheet makes.
_PLACE_INSPECTED = "检查现场"
_REASON_INSPECTED = "入户检查"


def row_key(period: Period | None, household: str) -> str:
    """What identifies a household's row, and begins the numbers of the claims that it makes."""
    return f"{period}/{household}" if period and household else household


@dataclass
class Mark:
    """A cell and the claim it makes; without a `place` it is a row that cannot be taken."""

    source: int
    place: int | None
    digest: str
    claim: dict[str, str]
    content: dict[str, Any]
    fault: Fault | None = None
    reviewer: str = ""


@dataclass(frozen=True)
class Where:
    """Which cell: the column, what household, period and item it is for, and who signed it."""

    place: int
    household: str
    period: Period
    item: str
    reviewer: str


@dataclass
class Marks(Parsed):
    """Cells in the place of rows: a refused cell is shown, kept and corrected by itself."""

    marks: list[Mark] = field(default_factory=list)

    def refuse_row(
        self,
        sheet: Parsed,
        source: int,
        fault: Fault,
        period: Period | None,
        places: dict[str, int],
    ) -> None:
        """A row of which no cell can be taken; its items by code, as far as they are known."""
        codes = {self.fit.table.header[place]: code for code, place in places.items()}
        content = {codes.get(head, head): cell for head, cell in sheet.content(source).items()}
        if period is not None:
            content[_PERIOD] = str(period)
        cells = json.dumps(content, ensure_ascii=False, sort_keys=True)
        claim = {"ref": row_key(period, sheet.texts("household")[source])}
        digest = digest_of("claims", {**claim, "reason": cells})
        self._add(Mark(source, None, digest, claim, content, fault))

    def add(self, job: Job, book: Book, source: int, cell: Any, where: Where) -> None:
        """A household's score for an item."""
        home = book.households[where.household]
        ref = f"{row_key(where.period, home.code)}/{where.item}"
        claim = {
            "ref": ref,
            "household": home.code,
            "item": where.item,
            "occurred_on": min(where.period.end, job.today).isoformat(),
            "place": home.area or _PLACE_INSPECTED,
            "reason": _REASON_INSPECTED,
            "channel": "inspection",
            "submitted_at": utc_text(job.now),
        }
        fault = None
        try:
            refuse_formula(cell)
            claim["score"] = points(cell)
        except BadCell as error:
            fault = Fault("score", error.why)
        if len(ref) > REF_MAX:
            why = reason("ref_too_long", ref=ref, limit=REF_MAX)
            fault, claim["ref"] = Fault("household", why), ref[:REF_MAX]
        # When it is entered is no part of it: the same sheet is the same whenever it comes.
        digest = digest_of("claims", {"ref": ref, "score": claim.get("score", str(cell))})
        content = {
            head: kept
            for head, kept in super().content(source).items()
            if head not in self.fit.items
        }
        content |= {_PERIOD: str(where.period), where.item: as_json(cell)}
        self._add(Mark(source, where.place, digest, claim, content, fault, where.reviewer))

    def _add(self, mark: Mark) -> None:
        self.marks.append(mark)
        self.digests.append(mark.digest)
        if mark.fault:
            self.faults[len(self.marks) - 1] = mark.fault

    def sheet(self) -> ClaimColumns:
        """The claims as screening takes them."""

        def column(code: str) -> list[str]:
            return [mark.claim.get(code, "") for mark in self.marks]

        blank = [""] * len(self.marks)
        return ClaimColumns(
            refs=column("ref"),
            households=column("household"),
            items=column("item"),
            days=column("occurred_on"),
            places=column("place"),
            reasons=column("reason"),
            channels=column("channel"),
            members=blank,
            quantities=blank,
            scores=column("score"),
            matters=blank,
            evidence=blank,
            submitted=column("submitted_at"),
            defaults=blank,
            digests=self.digests,
            faults=self.faults,
            # A row that cannot be taken has had its say.
            asides={at for at, mark in enumerate(self.marks) if mark.place is None},
        )

    def heading(self, at: int, code: str) -> str:
        place = self.marks[at].place
        if code in self.fit.places or place is None:
            return self.fit.heading(code)
        return self.fit.table.header[place]

    def raw(self, at: int, code: str) -> Any:
        mark = self.marks[at]
        place = self.fit.places.get(code, mark.place)
        return "" if place is None else self.fit.table.cells[mark.source][place]

    def keys(self, at: int, key: str) -> tuple[str, ...]:
        claim = self.marks[at].claim
        return (key, key.removesuffix(f"/{claim['item']}")) if "item" in claim else (key,)

    def entry(self, at: int) -> int | None:
        return super().entry(self.marks[at].source)

    def content(self, at: int) -> dict[str, Any]:
        """The household's row with this cell alone; all of it where none of it can be taken."""
        return self.marks[at].content
