"""What a rehearsal hands out (`rehearse --out`): notices, cards, the ledger and a summary page.

Everything is made from the database and the figures alone, so that the same year gives the same
files. `standings` and `refused` are for the office and not for the board: the one ranks
everybody, the other repeats rows as they were handed in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from domain.cards.cardbook import card_book
from domain.cards.summary import YearSummary, score_by_month
from domain.community.registry import households_of, versions_of
from domain.community.years import year_ruleset
from domain.intake.refused import export_refused, refused_rows
from domain.kernel.documents import ABSENT
from domain.kernel.masking import masked_name
from domain.kernel.points import format_points
from domain.ledger.accounts import lines
from domain.ledger.citations import Citations
from domain.notices.notice import notices_of
from domain.sheets.writing import Sheet, write_xlsx
from domain.standing.table import available
from domain.store.tables.notices import Notice
from domain.store.tables.people import Community
from notifications.board.exports import notice_xlsx
from notifications.board.notice import by_number, listed_title, notice_html, notice_text
from notifications.files import Manifest, file_names, make_folder, write_text
from notifications.handouts.cards import card_html, cards_html
from notifications.handouts.ledger import ledger_csv, write_ledger_xlsx
from notifications.handouts.summary import Blocking, File, Listed, summary_html
from notifications.texts.catalogue import DEFAULT_LOCALE, Texts, texts_in

SUMMARY = "summary.html"
CARDS = "cards.html"


@dataclass
class _Out:
    """The folder being written, and what has been written so far."""

    folder: Path
    texts: Texts
    paths: list[Path] = field(default_factory=list)

    def text(self, name: str, content: str) -> None:
        write_text(self.path(name), content)

    def path(self, name: str) -> Path:
        """Where a file goes, by its address relative to the summary page."""
        path = self.folder / name
        self.paths.append(path)
        return path

    def file(self, name: str) -> File:
        """How the summary page lists a file: by what it is to people."""
        return File(name, self.texts.label("formats", name.rpartition(".")[2]))


def write_out(
    session: Session,
    community: Community,
    year: int,
    folder: Path,
    figures: YearSummary,
    locale: Texts | str = DEFAULT_LOCALE,
    blockers: Sequence[Blocking] = (),
) -> list[Path]:
    """Write a year's notices, cards, ledger and summary into a folder; their paths.

    `blockers` are what keeps the year from being settled. Each file is replaced whole; what an
    earlier run left here and this one did not write goes, and nothing else does.
    """
    out = _Out(folder, texts_in(locale))
    earlier = Manifest.of(folder)
    for part in (folder, folder / "notices", folder / "cards"):
        make_folder(part)
    notices = _write_notices(out, notices_of(session, community, year))
    _write_cards(session, community, year, out)
    files = [("cards", [out.file(CARDS)]), *_write_tables(session, community, year, figures, out)]
    heads = shown_heads(session, community, year)
    listed = Listed(heads, score_by_month(session, community, year), blockers, notices, files)
    out.text(SUMMARY, summary_html(figures, community, listed, out.texts))
    return [*out.paths, earlier.replace(out.paths)]


def shown_heads(session: Session, community: Community, year: int) -> dict[str, str]:
    """Names as the year's honours may show them: masked, unless the scheme says otherwise."""
    plain = year_ruleset(session, community, year).publicity.full_names_for_honours
    return {
        home.code: home.head if plain else masked_name(home.head)
        for home in households_of(session, community)
    }


def _write_notices(out: _Out, notices: Iterable[Notice]) -> list[tuple[str, list[File]]]:
    """Each notice as page, workbook and text, in `notices/`."""
    written = []
    known = list(notices)
    names = file_names(_notice_name(notice) for notice in known)
    for notice in known:
        name = f"notices/{names[_notice_name(notice)]}"
        out.text(f"{name}.html", notice_html(notice, out.texts))
        notice_xlsx(notice, out.path(f"{name}.xlsx"), out.texts)
        out.text(f"{name}.txt", notice_text(notice, out.texts))
        files = [out.file(f"{name}.{end}") for end in ("html", "xlsx", "txt")]
        written.append((listed_title(notice, out.texts), files))
    return written


def _notice_name(notice: Notice) -> str:
    """`2026-Q1-quarter`; where a period has several of a kind, with the notice's own key."""
    name = f"{notice.period}-{notice.kind}"
    return name if notice.key == notice.period else f"{name}-{notice.key.replace(':', '-')}"


def _write_cards(session: Session, community: Community, year: int, out: _Out) -> None:
    """All cards to be printed, and each household's own page in `cards/`."""
    book = sorted(card_book(session, community, year), key=lambda card: by_number(card.household))
    out.text(CARDS, cards_html(book, community, out.texts))
    names = file_names(card.household for card in book)
    for card in book:
        page = card_html(card, community, out.texts)
        out.text(f"cards/{names[card.household]}.html", page)


def _write_tables(
    session: Session, community: Community, year: int, figures: YearSummary, out: _Out
) -> list[tuple[str, list[File]]]:
    """The ledger, the standings and what was refused."""
    entries = lines(session, community.id)
    out.text("ledger.csv", ledger_csv(entries))
    homes = households_of(session, community)
    heads = {home.code: home.head for home in homes}
    citations = Citations(versions_of(session, community))
    write_ledger_xlsx(out.path("ledger.xlsx"), community, entries, heads, citations, out.texts)
    free = available(session, community)
    rows = [
        {
            **vars(row),
            "year_score": row.score,
            "head": heads[row.household],
            "available": free.get(row.household, 0),
        }
        for row in figures.households
    ]
    write_xlsx(out.path("standings.xlsx"), [_standings(rows, community, year, out.texts)])
    files = [
        ("ledger", [out.file("ledger.csv"), out.file("ledger.xlsx")]),
        ("standings", [out.file("standings.xlsx")]),
    ]
    if refused_rows(session, community, year):
        export_refused(session, community, out.path("refused.xlsx"), year)
        files.append(("refused", [out.file("refused.xlsx")]))
    return files


def _standings(
    rows: Sequence[dict[str, Any]], community: Community, year: int, texts: Texts
) -> Sheet:
    """Every household's figures, with whole names: for the office, not for the board."""
    further = [
        name for name in ("lifetime", "average") if any(row[name] is not ABSENT for row in rows)
    ]
    figures = ("year_score", *further, "balance", "available")
    columns = ["rank", "household", "head", *figures, "honours"]
    name = texts.label("sheets", "standings")
    return Sheet(
        name,
        [texts.label("columns", column) for column in columns],
        [[_cell(row[column], is_points=column in figures) for column in columns] for row in rows],
        f"{community.town}{community.name} {texts.period(str(year))} {name}",
    )


def _cell(value: Any, *, is_points: bool) -> object:
    if value is ABSENT:
        return None
    if is_points:
        return Decimal(format_points(value))
    return " · ".join(value) if isinstance(value, tuple) else value
