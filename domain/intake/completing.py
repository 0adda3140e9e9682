"""What a row leaves out and the program knows (补全): its household by the head, its number.

A household that is named by its head alone is found where exactly one has that head. A number is
made of what the row says, so that the same sheet has the same numbers whenever it comes:
`C260305-7KQ2MH` is a claim of 5 March 2026. Of rows that say the same, the first, the second and
so on have numbers of their own.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select

from domain.community.registry import households_of
from domain.intake.cells import utc_moment
from domain.intake.directory import Directory
from domain.intake.job import Job
from domain.intake.parsed import Fault, Parsed, digest_of
from domain.kernel.local_time import local_date
from domain.kernel.quoting import shown
from domain.kernel.reasons import reason
from domain.store.tables.claims import Claim
from domain.store.tables.objections import Objection
from domain.store.tables.shop import Redemption

# The kinds whose rows may name a household by its head.
_HEADED = ("members", "claims", "objections", "redemptions", "inspection", "survey")
# By kind: the letter that its numbers begin with, and the column that says when it was.
_NUMBERED = {
    "claims": ("C", "occurred_on"),
    "objections": ("O", "filed_at"),
    "redemptions": ("R", "redeemed_at"),
}
_TABLES: dict[str, type[Claim | Objection | Redemption]] = {
    "claims": Claim,
    "objections": Objection,
    "redemptions": Redemption,
}
_LETTERS = 6


def complete(job: Job, parsed: Parsed, times: Counter[str], *, tentative: bool = False) -> None:
    """Fill in what rows leave out; what cannot be found is a fault.

    `times` counts the rows of the whole file that say the same. A `tentative` filling leaves open
    what cannot be found: a household may join before the row takes effect.
    """
    if parsed.kind in _HEADED:
        _find_households(job, parsed, tentative)
    if parsed.kind in _NUMBERED:
        _give_numbers(job, parsed, times)


def _find_households(job: Job, parsed: Parsed, tentative: bool) -> None:
    codes, heads = list(parsed.texts("household")), parsed.texts("head")
    open_rows = [
        at
        for at, (code, head) in enumerate(zip(codes, heads, strict=True))
        if (not code or head) and at not in parsed.asides
    ]
    if not open_rows:
        return
    directory = Directory(households_of(job.session, job.community))
    groups = parsed.texts("group")
    differing = []
    for at in open_rows:
        unread = parsed.faults[at].columns if at in parsed.faults else set()
        if unread & {"household", "head", "group"}:
            continue
        if codes[at]:
            home = directory.by_code.get(codes[at])
            if home is not None and not _has_head(directory, home.code, heads[at]):
                differing.append(at)
        elif heads[at]:
            found = directory.headed(heads[at], groups[at])
            if isinstance(found, tuple):
                if not tentative:
                    parsed.add_fault(at, Fault("head", found))
                continue
            note = reason("found_by_head", head=shown(heads[at]), household=found.code)
            parsed.fill(at, "household", found.code, note)
        else:
            named = "household" if "household" in parsed.fit.places else "head"
            parsed.add_fault(at, Fault(named, reason("blank")))
    _refuse_differing(job, parsed, directory, differing)


def _has_head(directory: Directory, code: str, head: str) -> bool:
    found = directory.by_code[code].head
    return not head or "".join(found.split()) == "".join(head.split())


def _refuse_differing(job: Job, parsed: Parsed, directory: Directory, rows: Sequence[int]) -> None:
    """Refuse new rows whose code is one household's and whose head another's."""
    table = _TABLES.get(parsed.kind)
    if table is None or not rows:
        return
    refs = [parsed.texts("ref")[at] for at in rows]
    query = select(table.ref).where(table.community_id == job.community.id, table.ref.in_(refs))
    known = set(job.session.scalars(query))
    for at, ref in zip(rows, refs, strict=True):
        if ref not in known:
            code = parsed.texts("household")[at]
            head = directory.by_code[code].head
            value = shown(parsed.texts("head")[at])
            why = reason("head_differs", household=code, head=head, value=value)
            parsed.add_fault(at, Fault("head", why))


def _give_numbers(job: Job, parsed: Parsed, times: Counter[str]) -> None:
    for at, ref in enumerate(parsed.texts("ref")):
        if ref or at in parsed.faults:
            continue
        cells = parsed.row(at)
        content = digest_of(parsed.kind, cells)
        times[content] += 1
        number = number_of(parsed.kind, job.community.code, cells, content, times[content])
        parsed.fill(at, "ref", number, reason("number_given", ref=number))


def number_of(
    kind: str, community: str, cells: dict[str, str], content: str, occurrence: int
) -> str:
    """The number of a row that has none: letter, day and six characters of its digest."""
    letter, column = _NUMBERED[kind]
    digest = hashlib.sha256(f"{community}\x1f{content}\x1f{occurrence}".encode()).digest()
    code = base64.b32encode(digest)[:_LETTERS].decode()  # without 0 and 1, 8 and 9
    when = cells.get(column, "")
    if not when:
        return f"{letter}-{code}"
    day = when if len(when) == len("2026-03-05") else local_date(utc_moment(when)).isoformat()
    return f"{letter}{day[2:].replace('-', '')}-{code}"
