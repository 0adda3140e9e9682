"""A finding (发现的问题): something an operator should see, where, since when, and what to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from domain.kernel.local_time import local_text
from domain.kernel.names import pasted
from domain.kernel.reasons import Reason, reason, restored, told
from domain.kernel.sentences import SENTENCES
from domain.review.awaited import Awaited

# What a finding can be, the most urgent first.
URGENCY = ("stalled", "failed", "dead", "late", "risk", "held", "blocked", "waiting")
# What a check (`jifen status --check`) ends in failure for; the rest waits for people in time, or,
# held, has been stopped by somebody who said why (docs/decisions/held.md).
ALARMING = ("stalled", "failed", "dead", "late", "risk")
# Objections to be answered, and those whose answer was due before now.
OBJECTIONS = ("objections", "unanswered")
# With more communities than these a command is better said for all: it skips what is done.
NAMED_MAX = 8


@dataclass(frozen=True)
class Finding:
    """What is stalled, failed, dead (undelivered), late, a risk (隐患: nothing stands still yet),
    held, blocked or waiting.

    `subject` is clock, step, behind (the steps after those named), claims, objections, unanswered
    (ones), refused, messages, unaddressed (messages), groups (of assessment), ungrouped (people),
    undecidable (claims), calendar, round (of redemption), fund or outbox; or what a probe of the
    installation looks at (`flows.watch.probes`): its cause is in `said`, its remedy in `remedy`.
    `communities` are codes, none where it is the installation's. `count` is how many steps, claims,
    rows, messages, groups or people, `since` the oldest of them, `said` what the step itself
    answered, `run` the flow run, `after` the step (process, step, period) that has to be done
    before. No personal data: codes only.
    """

    what: str
    subject: str
    communities: tuple[str, ...] = ()
    process: str = ""
    period: str = ""
    step: str = ""
    ref: str = ""
    count: int = 1
    since: datetime | None = None
    said: str = ""
    run: str = ""
    after: tuple[str, ...] = ()
    awaits: tuple[Awaited, ...] = ()
    remedy: str = ""

    @property
    def about(self) -> str:
        """What it is about, in a few words."""
        if self.subject == "step":
            return f"{self.process} {self.step} {self.period}"
        if self.subject in OBJECTIONS:
            return f"objection {self.ref}" if self.ref else "objections"
        return self.named.text("en") if self.named else _ABOUT[self.subject]

    @property
    def named(self) -> Reason | None:
        """What a probe of the installation looks at, by name; None for anything else."""
        code = f"about_{self.subject}"
        return reason(code) if code in SENTENCES else None

    @property
    def why(self) -> str:
        """Why it is a finding, and whom it waits for."""
        since = local_text(self.since) if self.since else ""
        if self.subject == "claims":
            since = since[:10]  # the day on which it happened
        said = told(self.said, "en")
        form = "{said}" if self.named and said else _WHY[self.what, self.subject]
        why = form.format(count=self.count, since=since, said=said, period=self.period)
        if self.what == "late" and said:
            why += f"; {said}"
        if self.named and self.since and self.said:
            why += f" (since {since})"
        if self.after:
            why += f"; before it: {' '.join(self.after)}"
        if self.awaits:
            why += f"; waits for {'; '.join(map(str, self.awaits))}"
        return why

    @property
    def advice(self) -> str:
        """What to do about it in English, in a few words and the command."""
        return self.advised.text("en")

    @property
    def advised(self) -> Reason:
        """What to do about it: by its cause, by what it is about, or else by what it is."""
        if self.remedy:
            return restored(self.remedy)
        key = "objection" if self.subject in OBJECTIONS and self.ref else self.subject
        if self.named and self.said:
            return restored(self.said)  # which says what to do, too
        codes = (f"advice_{key}", f"advice_{self.what}", "advice")
        code = next(each for each in codes if each in SENTENCES)
        return reason(code, command=self.command)

    @property
    def command(self) -> str:
        """The command that does something about it; empty where its remedy says more."""
        form = _RELEASE if self.what == "held" else _COMMANDS.get(self.subject, "")
        if self.subject in OBJECTIONS and self.ref:
            form = "jifen objection resolve {ref} OUTCOME --by CODE -c {one}"
        named = {
            "process": self.process,
            "period": self.period,
            "step": self.step,
            "ref": self.ref,
            "one": self.communities[0] if self.communities else "",
        }
        return form.format(
            where=self._where(), **{name: word and pasted(word) for name, word in named.items()}
        )

    def link(self, ui: str) -> str:
        """Where the flow run is seen in Prefect's UI; empty where none is known."""
        return f"{ui}/runs/flow-run/{self.run}" if ui and self.run else ""

    def _where(self) -> str:
        """The communities as an option; left out where all are meant, or too many to name."""
        if not self.communities or len(self.communities) > NAMED_MAX:
            return ""
        return f" -c {pasted(','.join(self.communities))}"


_ABOUT = {
    "clock": "the clock",
    "behind": "the steps after those",
    "claims": "overdue claims",
    "refused": "refused rows",
    "messages": "undelivered messages",
    "unaddressed": "messages without an address",
    "undecidable": "claims that nobody may decide",
    "calendar": "the calendar of working days",
    "groups": "assessment groups",
    "ungrouped": "households and assessors in no group",
    "outbox": "the outbox",
    "round": "the redemption round",
    "fund": "the fund for what is redeemed",
}
_WHY = {
    (
        "stalled",
        "clock",
    ): "no clock is at work; communities with steps that are due: {count}, since {since}",
    ("stalled", "outbox"): "overdue messages: {count}, the oldest since {since}",
    ("failed", "step"): "{said}",
    ("late", "step"): "was due at {since}",
    ("late", "behind"): "{count} more steps wait for the ones named",
    ("blocked", "behind"): "{count} more steps wait for people",
    ("held", "step"): "{said}",
    ("blocked", "step"): "{said}",
    ("dead", "messages"): "{count} messages could not be delivered, the oldest of {since}",
    (
        "waiting",
        "unaddressed",
    ): "{count} messages were for people without an address, since {since}",
    ("waiting", "claims"): "{count} claims missed their deadline, the oldest of {since}",
    ("waiting", "unanswered"): "{count} answers were due, the first by {since}",
    ("waiting", "objections"): "{count} answers are due, the first by {since}",
    ("waiting", "undecidable"): "{said}; claims that wait for it: {count}",
    ("waiting", "calendar"): "the working days of {period} are not announced in this version: dates"
    " of reminders may move",
    ("waiting", "groups"): "groups with more households than the scheme allows: {count}",
    ("waiting", "ungrouped"): "in no group, so that crosswise assessment cannot keep them apart:"
    " {count}",
    ("waiting", "round"): "its opening days are not set: the whole half year is open",
    ("waiting", "fund"): "{said}",
    ("waiting", "refused"): "{count} rows were refused and not yet corrected, first at {since}",
}
_RELEASE = "jifen step release {process}{where} --period {period} --step {step} --why TEXT"
_COMMANDS = {
    "step": "jifen {process}{where} --period {period} --step {step}",
    "behind": "jifen status -c {one}",
    "clock": "jifen doctor",
    "outbox": "jifen doctor",
    "messages": "jifen outbox resend -c {one}",
    "unaddressed": "jifen outbox resend -c {one}",
    "claims": "jifen review list -c {one}",
    "objections": "jifen objection list --open -c {one}",
    "unanswered": "jifen objection list --open -c {one}",
    "refused": "jifen import refused {one} --out refused.xlsx",
    "undecidable": "jifen person add CODE --name NAME --role ROLE --stage STAGE -c {one}",
    "calendar": "jifen town import holidays.xlsx",
    "groups": "jifen household change HOUSEHOLD --group GROUP -c {one}",
    "ungrouped": "jifen household change HOUSEHOLD --group GROUP -c {one}",
    "fund": "jifen redemptions -c {one}",
    "round": "jifen round set --period {period} --from DATE --to DATE --why TEXT -c {one}",
}


def gather(found: Iterable[Finding]) -> list[Finding]:
    """The same thing in several communities as one finding, the most urgent first."""

    def kind(finding: Finding) -> tuple[int, str, str, str, str, str]:
        return (
            URGENCY.index(finding.what),
            finding.subject,
            finding.period,
            finding.process,
            finding.step,
            finding.said,
        )

    parts = [_merged(list(part)) for _, part in groupby(sorted(found, key=kind), kind)]
    return sorted(parts, key=urgency)


def _merged(found: Sequence[Finding]) -> Finding:
    first = found[0]
    if len(found) == 1:
        return first
    moments = [each.since for each in found if each.since]
    runs = {each.run for each in found}
    codes = dict.fromkeys(code for each in found for code in each.communities)
    return replace(
        first,
        communities=tuple(codes),
        ref="",
        count=sum(each.count for each in found),
        since=min(moments) if moments else None,
        run=runs.pop() if len(runs) == 1 else "",
        after=first.after if len({each.after for each in found}) == 1 else (),
        awaits=_awaited_together(found) if len(codes) > 1 else first.awaits,
    )


def _awaited_together(found: Sequence[Finding]) -> tuple[Awaited, ...]:
    """By stage, those awaited in several communities: `ma/r1`."""
    claims: dict[str, int] = {}
    people: dict[str, list[str]] = {}
    for each in found:
        for one in each.awaits:
            claims[one.stage] = claims.get(one.stage, 0) + one.claims
            named = people.setdefault(one.stage, [])
            named += [f"{each.communities[0]}/{person}" for person in one.people]
    return tuple(
        Awaited(stage, count, tuple(people[stage][:NAMED_MAX]), len(people[stage][NAMED_MAX:]))
        for stage, count in claims.items()
    )


def urgency(finding: Finding) -> tuple[int, float, str, tuple[str, ...]]:
    """The order for operators: what it is, then the oldest first."""
    since = finding.since.timestamp() if finding.since else 0.0
    return URGENCY.index(finding.what), since, finding.about, finding.communities


def counted(found: Iterable[Finding]) -> dict[str, int]:
    """How many there are of each, the most urgent first; a standstill is one, however wide."""
    counts = dict.fromkeys(URGENCY, 0)
    for each in found:
        counts[each.what] += 1 if each.what == "stalled" else each.count
    return counts
