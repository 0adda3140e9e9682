"""`jifen card`: points cards to read and to print."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy.orm import Session

from console.common import (
    AsJson,
    AsOf,
    CommunityCode,
    Year,
    conclude,
    latest_year_of,
    moment,
    print_json,
    print_table,
    put,
    reading,
    the_community,
)
from console.installation import texts
from console.wording import _, heads, listed, word
from domain.kernel.documents import ABSENT, document, documents
from domain.kernel.errors import BadInput
from domain.kernel.local_time import local_date, now, start_of_day
from domain.kernel.points import format_points
from domain.kernel.reasons import reason
from domain.store.tables.people import Community

if TYPE_CHECKING:
    from domain.cards.card import Card, CardEntry

FORMATS = ("text", "html", "pdf", "png")


def register(parent: typer.Typer) -> None:
    parent.command("card")(card)


def card(
    households: Annotated[
        list[str] | None, typer.Argument(metavar="[HOUSEHOLD]...", help="Households' numbers.")
    ] = None,
    community: CommunityCode = None,
    year: Year = None,
    everybody: Annotated[
        bool, typer.Option("--all", help="Every household that took part in the year.")
    ] = False,
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="|".join(FORMATS), help="To read, or to print."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Points cards: one household's, several, or all, to read or to print.

    Example: jifen card H007 --community ma --year 2026
    """
    from domain.cards.cardbook import card_book  # lazy: start

    if bool(households) == everybody:
        raise BadInput(reason("card_of_whom"))
    if form is not None and form not in FORMATS:
        raise BadInput(reason("format_unknown", value=form, choices=tuple(FORMATS)))
    if out is not None and form is None:
        raise BadInput(reason("card_out_form"))
    with reading() as session:
        chosen = the_community(session, community)
        which = year or latest_year_of(session, chosen)
        day = local_date(moment(as_of)) if as_of else _today(session, chosen)
        meant: list[str | None] = [*households] if households else [None]
        cards = [
            each
            for household in meant
            for each in card_book(session, chosen, which, household, day)
        ]
    if form in ("pdf", "png"):
        path = out or Path(f"cards-{chosen.code}.{form}")
        _print_out(cards, chosen, form, day, path)
        conclude(
            _("written to {file}").format(file=path),
            {"file": str(path), "cards": len(cards)},
            as_json,
        )
    elif form is not None:
        _hand_over(_written(cards, chosen, form), form, len(cards), out, as_json)
    elif as_json:
        print_json(document(cards[0]) if households and len(cards) == 1 else documents(cards))
    else:
        for each in cards:
            _print(each)


def _today(session: Session, community: Community) -> date:
    """Today; in a rehearsal's database the day that its time has come to, where that is later."""
    from domain.ledger.accounts import last_posting  # lazy: start

    return local_date(max(now(), last_posting(session, community.id) or now()))


def _written(cards: Sequence["Card"], community: Community, form: str) -> str:
    from notifications.board.notice import by_number  # lazy: start
    from notifications.handouts.cards import cards_page, cards_text  # lazy: start

    write = cards_text if form == "text" else cards_page
    ordered = sorted(cards, key=lambda card: by_number(card.household))
    return write(ordered, community, texts())


def _print_out(
    cards: Sequence["Card"], community: Community, form: str, day: date, path: Path
) -> None:
    """Cards on paper, or as a picture."""
    from notifications.files import write_bytes  # lazy: start
    from notifications.paper.printing import page_pdf, page_png  # lazy: start

    html = _written(cards, community, "html")
    write_bytes(path, page_png(html) if form == "png" else page_pdf(html, start_of_day(day)))


def _hand_over(text: str, form: str, count: int, out: Path | None, as_json: bool) -> None:
    """Into a file, or onto the screen."""
    if out is None:
        if as_json:
            print_json({"format": form, "cards": count, "text": text})
        else:
            put(text)
        return
    from notifications.files import write_text  # lazy: start

    write_text(out, text)
    conclude(_("written to {file}").format(file=out), {"file": str(out), "cards": count}, as_json)


def _print(shown: "Card") -> None:
    """A card as an operator reads it on the terminal."""
    figures = [_("score {points}").format(points=format_points(shown.score))]
    if shown.lifetime is not ABSENT:
        figures.append(_("lifetime {points}").format(points=format_points(shown.lifetime)))
    if shown.average is not None and shown.average is not ABSENT:
        figures.append(_("average {points}").format(points=format_points(shown.average)))
    if shown.brought_forward and shown.brought_forward is not ABSENT:
        brought = format_points(shown.brought_forward)
        figures.append(_("brought forward {points}").format(points=brought))
    figures.append(_("balance {points}").format(points=format_points(shown.balance)))
    figures.append(_("rank {rank}").format(rank=shown.rank or "–"))
    put(f"{shown.household} · {shown.year}: {listed(figures)}")
    if shown.members is not ABSENT and shown.family is not ABSENT:
        print_table(
            heads("member", "name", "points"),
            [
                *((each.member, each.name, format_points(each.points)) for each in shown.members),
                ("", _("the family's account"), format_points(shown.family)),
            ],
        )
    print_table(
        heads("seq", "period", "kind", "item", "ref", "points", "reason"),
        (
            (
                each.seq,
                each.period,
                word("kinds", each.kind),
                _what(each),
                each.ref,
                format_points(each.points),
                each.reason,
            )
            for each in shown.entries
        ),
    )


def _what(entry: "CardEntry") -> str:
    """Goods with their count, or the item's name and code."""
    if entry.goods:
        return f"{entry.goods.name}×{entry.goods.count}"
    return f"{entry.name} {entry.item}" if entry.name else entry.item or ""
