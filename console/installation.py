"""The installation (安装): its parts, wired as the settings say, for commands, pages and the clock.

Parts load libraries that most commands need not wait for: each function loads its own.
"""

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from config.settings import Settings, load

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from domain.occasions.occasion import Occasion
    from domain.operations.finding import Finding
    from domain.store.tables.people import Community
    from flows.watch.probes import Board
    from flows.watch.watcher import Watcher
    from notifications.board.publication import PublicFolder
    from notifications.outbox.deliverer import Manner
    from notifications.outbox.desk_links import Desk
    from notifications.texts.catalogue import Texts


def tell(
    session: "Session", community: "Community", occasion: "Occasion", as_of: "datetime"
) -> int:
    """Write the letters of an occasion: the `Tell` of what is done by commands and pages."""
    from notifications.letters.messenger import tell as write  # lazy: start

    return write(session, community, occasion, as_of)


def texts() -> "Texts":
    """The texts of the settings' language, with the installation's own over ours."""
    from notifications.texts.catalogue import load_texts  # lazy: start

    settings = load()
    return load_texts(settings.locale, settings.templates_dir)


def desk_of(settings: Settings) -> "Desk | None":
    """Where reviewers decide, if this installation has told them the way."""
    from notifications.outbox.desk_links import Desk  # lazy: start

    if settings.desk_url is None or settings.desk_key is None:
        return None
    return Desk(settings.desk_url, settings.desk_key.get_secret_value())


def manner_of(settings: Settings) -> "Manner":
    """How this installation delivers."""
    from notifications.outbox.deliverer import Manner  # lazy: start
    from notifications.outbox.hours import Hours  # lazy: start

    return Manner(
        hours=Hours(settings.quiet_from, settings.quiet_until, settings.digest_at),
        language=texts(),
        link=settings.public_url,
        desk=desk_of(settings),
        gateways=settings.gateways,
    )


def public_folder(settings: Settings) -> "PublicFolder":
    """Where this installation's notices are public."""
    from notifications.board.publication import PublicFolder  # lazy: start

    return PublicFolder(settings.public_dir, texts(), settings.public_url)


def watcher_of(settings: Settings, board: "Board") -> "Watcher":
    """Who keeps the watch, with neither clock nor worker."""
    from flows.watch.watcher import Watcher  # lazy: start
    from notifications.letters.troubles import OWN_LETTERS  # lazy: start

    place = board.installation

    def direct(begun: "Sequence[Finding]", ended: "Sequence[Finding]") -> None:
        from notifications.letters.direct import tell_directly  # lazy: start

        tell_directly(begun, ended, place.manner.operators, manner_of(settings))

    def deliver() -> None:
        # Half of the web part's memory, for what hardly ever happens.
        from notifications.outbox.deliverer import Deliverer  # lazy: start

        deliverer = Deliverer(place.engine, manner_of(settings), place.moment, OWN_LETTERS)
        with closing(deliverer):
            deliverer.deliver_due()

    return Watcher(board, direct, deliver)
