"""A finding (发现的问题): something an operator should see, where, since when, and what to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from domain.kernel.local_time import local_text
from domain.kernel.names import pasted
from domain.kernel.reasons import Reason, reason, restored
from domain.kernel.sentences import SOURCE, is_code
from domain.review.awaited import Awaited

# What a finding can be, the most urgent first.
URGENCY = ("stalled", "failed", "dead", "late", "risk", "held", "blocked", "waiting")
# What a check (`jifen status --check`) ends in failure for; the rest waits for people in time, or,
# held, has been stopped by somebody who said why (docs/decisions/held.md).
ALARMING = ("stalled", "failed", "dead", "late", "risk")
# Objections to be answered, and those whose answer was due before now.
OBJECTIONS = ("objections", "unanswered")
# Without these nothing is done in time: what is late is their consequence.
CAUSES = (
    "database",
    "version",
    "time",
    "clock",
    "engine",
    "pool",
    "queues",
    "workers",
    "deployments",
)
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
        """What it is about in English, in a few words."""
        return self.matter.text(SOURCE)

    @property
    def matter(self) -> Reason:
        """What it is about."""
        if self.subject == "step":
            return reason("subject_step", process=self.process, step=self.step, period=self.period)
        if self.subject in OBJECTIONS and self.ref:
            return reason("subject_objection", ref=self.ref)
        return self.named or reason(f"subject_{self.subject}")

    @property
    def named(self) -> Reason | None:
        """What a probe of the installation looks at, by name; None for anything else."""
        code = f"about_{self.subject}"
        return reason(code) if is_code(code) else None

    @property
    def why(self) -> str:
        """Why it is a finding, and whom it waits for, in English."""
        return self.cause.text(SOURCE)

    @property
    def cause(self) -> Reason:
        """Why it is a finding, and whom it waits for."""
        parts = [self._cause_alone]
        if self.after:
            parts.append(reason("finding_after", step=" ".join(self.after)))
        if self.awaits:
            parts.append(reason("finding_awaits", whom=tuple(each.told for each in self.awaits)))
        return reason("notes", all=tuple(parts))

    @property
    def _cause_alone(self) -> Reason:
        since = local_text(self.since) if self.since else ""
        said = restored(self.said)
        if self.named and self.said:
            return reason("finding_since", why=said, since=since) if since else said
        if self.subject == "claims":
            since = since[:10]  # the day on which it happened
        why = reason(
            f"cause_{self.what}_{self.subject}",
            count=self.count,
            since=since,
            said=said,
            period=self.period,
        )
        return reason("notes", all=(why, said)) if self.what == "late" and self.said else why

    @property
    def advice(self) -> str:
        """What to do about it in English, in a few words and the command."""
        return self.advised.text(SOURCE)

    @property
    def advised(self) -> Reason:
        """What to do about it: by its cause, by what it is about, or else by what it is."""
        if self.remedy:
            return restored(self.remedy)
        key = "objection" if self.subject in OBJECTIONS and self.ref else self.subject
        if self.named and self.said:
            return restored(self.said)  # which says what to do, too
        codes = (f"advice_{key}", f"advice_{self.what}", "advice")
        code = next(each for each in codes if is_code(each))
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
