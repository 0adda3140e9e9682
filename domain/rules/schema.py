"""The ruleset (积分细则): a town's scheme as strict, typed data.

One YAML file is one version of one scheme. Unknown keys are errors; points are written as the
source writes them (at most two decimals) and kept as integer hundredths.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    WithJsonSchema,
    model_validator,
)

from domain.kernel.errors import BadInput
from domain.kernel.points import json_points, parse_points
from domain.kernel.reasons import reason
from domain.rules.faults import Unfit


def _hundredths(value: object) -> int:
    if isinstance(value, str) and value.strip().endswith("分"):
        raise Unfit(reason("fault_points_unit", value=value))
    try:
        return parse_points(value)
    except BadInput as error:
        raise Unfit(error.why) from error


def _one_group(value: object) -> object:
    if isinstance(value, list | tuple):
        raise Unfit(reason("fault_one_group"))
    return value


YEAR_END = "12-31"
Points = Annotated[
    int,
    BeforeValidator(_hundredths),
    PlainSerializer(json_points, when_used="json"),
    WithJsonSchema({"type": ["number", "string"]}),
]
Frequency = Literal["month", "quarter", "half_year", "year", "once", "matter"]
CapPeriod = Literal["event", "day", "month", "quarter", "half_year", "year"]
Channel = Literal["self", "inspection", "vote", "recommendation", "record"]
ItemKind = Literal["base", "award", "deduction", "graded", "zeroing", "voiding", "record"]


class Strict(BaseModel):
    """Unknown keys are refused: a misspelt rule must not be a silent one."""

    # Validators are built when a ruleset is first read: most commands read none.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Sourced(Strict):
    """Something that the source says (`source`: the id of a clause), or openly does not.

    Where the source is silent, `source` is null and `reason` says why the value stands.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"source": {"type": "null"}}},
            "then": {"required": ["reason"]},
        }
    )

    source: str | None
    reason: str | None = None

    @model_validator(mode="after")
    def _null_needs_reason(self) -> Self:
        if self.source is None and not self.reason:
            raise Unfit(reason("fault_no_reason"))
        return self


class Cap(Sourced):
    """The most that positive awards may reach per period (封顶); it clips (ruling 2).

    It counts each member by himself where all of its items are `of: member`, else the household
    with all its members (ruling 35).
    An `event` is one household, matter and day. `items` is empty for a cap written on its item.
    """

    id: str
    max: Points = Field(gt=0)
    per: CapPeriod
    items: tuple[str, ...] = ()


class Revalued(Sourced):
    """A value that a community decided on in the place of its town's: `points` are the town's,
    None where it gave no value. `source` is where the community decided."""

    points: Points | None


class Item(Sourced):
    """One line of the scheme's table (积分项目). `name` and `text` are the source's own words, also
    where its print masks some of them; `note` may say what was meant.

    base       given when its period opens (`per`: year or quarter)
    award      `points` for each approved claim, times its quantity
    graded     the claim's score, 0..`points`
    deduction  `points` (negative) for each approved claim, times its quantity
    zeroing    takes back what the `zeroes` classes gained that year until then (ruling 5)
    voiding    makes the positive awards of the `voids` items 0 for that year (ruling 6); a
               member's takes from no other member's item (ruling 35)
    record     no points; it puts the household on the list `lists`

    `of` says whose it is: the points go to the household or to the member who is named, and its
    limits (`per`, caps, 就高不就低) count the one or the other.
    """

    code: str
    name: str
    note: str = ""
    text: str = ""
    category: str
    part: Literal["base", "contribution", "negative"] = "contribution"
    kind: ItemKind
    points: Points | None
    unit: str = "次"
    of: Literal["household", "member"] = "household"
    per: Frequency | None = None
    caps: tuple[Cap, ...] = ()
    highest_of: Annotated[str | None, BeforeValidator(_one_group)] = None
    zeroes: tuple[Literal["base", "contribution"], ...] = ()
    voids: tuple[str, ...] = ()
    lists: Literal["red", "black"] | None = None
    evidence: Literal["expected", "required", "promise"] = "expected"
    channels: tuple[Channel, ...] = ()
    objectionable: bool = True
    revalued: Revalued | None = None

    @property
    def is_valued(self) -> bool:
        """Whether a claim of it can be scored: what is worth points needs a value."""
        return self.points is not None or self.kind not in ("award", "deduction", "graded")

    @property
    def only_gives(self) -> bool:
        """Whether it gives points and can take nothing: what takes says ill of somebody, and is
        never named in public beside a household."""
        values = (self.points, self.revalued.points if self.revalued else None)
        return (
            self.kind in ("base", "award", "graded")
            and self.part != "negative"
            and self.lists != "black"
            and not (self.zeroes or self.voids)
            and all(value is None or value >= 0 for value in values)
        )


class HonourGroup(Sourced):
    """就高不就低: of one matter only the highest award stands (ruling 4).

    Each member keeps the own highest where all items of the group are `of: member`, else the
    household keeps one (ruling 35).
    """

    id: str
    name: str


class Exclusion(Sourced):
    """An approved claim of a `by` item makes the `items` earn nothing, in the same year or,
    `within: matter`, for the same matter of that year (rulings 7 and 8). A member's claim takes
    from no other member's item (ruling 35)."""

    id: str
    items: tuple[str, ...]
    by: tuple[str, ...]
    within: Literal["year", "matter"]


class Outsiders(Strict):
    """Residents registered elsewhere (非本村户籍): after `months`, with the committee's consent."""

    months: int = Field(ge=0)
    consent: bool


class StartDate(Strict):
    """From when named villages may run the scheme; null where the source masks the date."""

    villages: tuple[str, ...]
    starts_on: date | None
    note: str = ""


class Participants(Sourced):
    """Who takes part (积分对象)."""

    opt_in: bool
    outsiders: Outsiders | None = None
    members: bool = False
    start_dates: tuple[StartDate, ...] = ()


class Stage(Sourced):
    """One level of review: `quorum` decisions, more approvals than rejections approve."""

    id: str
    name: str
    quorum: int = Field(ge=1)
    role: Literal["reviewer", "town", "committee"] = "reviewer"


class Due(Strict):
    """The audit's deadline: the end of `day` in the month after the audited one."""

    day: int = Field(ge=1, le=28)


class Review(Sourced):
    """How claims are decided (审核认定)."""

    stages: tuple[Stage, ...] = Field(min_length=1)
    due: Due
    crosswise: bool = False
    area_households_max: int | None = None
    reminders_working_days: tuple[int, ...] = (3, 1, 0)


class Audit(Sourced):
    """How often claims are audited (一月一审核)."""

    every: Literal["month", "quarter"]


class Publicity(Sourced):
    """The quarter's notice (一季一公示) and how many days it stays open for objections.

    `submit`: when they have passed without an objection that is open, the result goes to the
    town's contact (无异议后上报).
    """

    every: Literal["quarter"]
    open_days: int = Field(ge=1, le=60)
    full_names_for_honours: bool = False
    submit: bool = False


class Objections(Sourced):
    """How objections (异议) are handled: days to answer, and the level above, if any."""

    days: int = Field(ge=1, le=90)
    second_level: str | None = None


class Redemption(Sourced):
    """The points shop (积分超市). `every: always` where the source names no rounds."""

    every: Literal["always", "half_year", "none"]
    coverage_percent: int | None = Field(default=None, ge=1, le=100)
    awareness_percent: int | None = Field(default=None, ge=1, le=100)


class Value(Sourced):
    """What points are worth: `points` are about `fen` (integer, 1/100 yuan)."""

    points: Points = Field(gt=0)
    fen: int = Field(gt=0)

    def worth(self, points: int) -> int:
        """What points (hundredths) are worth, in whole fen."""
        return points * self.fen // self.points


class Fund(Sourced):
    """Money that each of some villages is given once for what points are redeemed for (兑换经费):
    `fen` is the sum of one village (integer, 1/100 yuan)."""

    name: str
    villages: tuple[str, ...]
    fen: int = Field(gt=0)


class Honour(Sourced):
    """Whom the year's standing honours. Of one `series` a household gets only the first."""

    id: str
    name: str
    rank_max: int | None = None
    percent_max: int | None = None
    at_least_base: bool = False
    above_average: bool = False
    series: str | None = None
    doubles: bool = False


class Support(Sourced):
    """Whom the community helps most (重点帮教): the last `percent`, never made public."""

    percent: int = Field(ge=1, le=50)
    households_min: int = Field(ge=0)


class Standing(Sourced):
    """What ranks: the year's `score`, or the `average` per member over a `lifetime`."""

    by: Literal["score", "average"]
    span: Literal["year", "lifetime"]
    honours: tuple[Honour, ...] = ()
    support: Support | None = None


class Closing(Sourced):
    """What becomes of balances after the year: cleared, carried over, or kept for life.

    A year's points are cleared at the end of `clears_on` (MM-DD). `12-31` is the year's own last
    day (每年12月31日清零): until then its points are redeemed, and as the year can be settled only
    after December's audit and the last notice (ruling 15), the clearing is entered then. Any other
    day is one of the next year. `clears_in` says which where a day could be either.
    """

    kind: Literal["clear", "carry_over", "keep"]
    clears_on: str | None = Field(default=None, pattern=r"^\d\d-\d\d$")
    clears_in: Literal["same_year", "next_year"] | None = None

    @property
    def ends_with_the_year(self) -> bool:
        """Whether a year's points are redeemed in that year only."""
        return self.clears_in == "same_year" or (
            self.clears_in is None and self.clears_on == YEAR_END
        )

    def clears_after(self, year: int) -> date | None:
        """The last day of `year`'s points; None where they are never cleared."""
        if self.kind != "clear" or self.clears_on is None:
            return None
        month, day = map(int, self.clears_on.split("-"))
        return date(year if self.ends_with_the_year else year + 1, month, day)


class ReportDue(Sourced):
    """A progress report to the town (情况报送), due on MM-DD."""

    id: str
    name: str
    due: str = Field(pattern=r"^\d\d-\d\d$")


class Changes(Sourced):
    """When adopted values may change: at any date, or only where a year starts."""

    at: Literal["any_date", "year_start"]


class Clause(Strict):
    """One operative clause of the source, in its own words, and what executes it.

    `executed_by` names parts of this ruleset as `item:7`, `cap:…`, `group:…`, `exclusion:…`,
    `stage:…`, `honour:…`, `report:…`, `channel:…`, or one of `FEATURES`; otherwise `people`
    says why it stays with people.
    """

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["executed_by"]}, {"required": ["people"]}]}
    )

    id: str
    text: str
    executed_by: tuple[str, ...] = ()
    people: str | None = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if not self.executed_by and not self.people:
            raise Unfit(reason("fault_clause_idle"))
        return self


class Ruling(Strict):
    """An interpretation that this ruleset rests on (SCHEMES.md, by number), in one sentence."""

    number: int
    text: str


class Ruleset(Strict):
    """One version of one scheme."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    version: str = "1"
    title: str
    document: str
    issuer: str
    source_file: str | None
    effective_from: date
    extends: str | None = None
    example: bool = False
    note: str = ""
    participants: Participants
    channels: tuple[Channel, ...]
    categories: tuple[str, ...] = ()
    items: tuple[Item, ...]
    shared_caps: tuple[Cap, ...] = ()
    groups: tuple[HonourGroup, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    review: Review
    audit: Audit
    publicity: Publicity
    objections: Objections
    redemption: Redemption
    value: Value | None = None
    funds: tuple[Fund, ...] = ()
    standing: Standing
    closing: Closing
    reports: tuple[ReportDue, ...] = ()
    changes: Changes
    # What an overlay may change (一社区一方案), as dotted paths: see domain/rules/allows.py.
    allows: tuple[str, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    clauses: tuple[Clause, ...] = ()
    # An overlay's, where it is a town's own; a version that is read back needs none.
    _parent: "Ruleset | None" = PrivateAttr(default=None)

    @property
    def parent(self) -> "Ruleset | None":
        """The town's own ruleset that this one was laid over, if it does not ship."""
        return self._parent

    def over(self, parent: "Ruleset") -> "Ruleset":
        """The same, known to be laid over this parent."""
        laid = self.model_copy()
        laid._parent = parent
        return laid

    def item(self, code: str) -> Item | None:
        """The item with this code, or None."""
        return next((item for item in self.items if item.code == code), None)

    def words_of(self, part: Sourced) -> str:
        """The words that a part rests on: its clause's, else an item's own, else the reason why it
        has none."""
        found = (clause.text for clause in self.clauses if clause.id == part.source)
        own = part.text if isinstance(part, Item) else ""
        return next(found, own or part.reason or "")
