"""Letters without the outbox (直接告警): where the database cannot be used, operators are told all
the same, at any hour."""

import logging
from collections.abc import Sequence
from contextlib import closing

from domain.operations.finding import Finding
from notifications.channels.addresses import bytes_max, shown_address
from notifications.channels.couriers import Courier, Parcel
from notifications.letters.troubles import letter_facts
from notifications.outbox.deliverer import Manner
from notifications.outbox.messages import ALARM
from notifications.texts.catalogue import texts_in

log = logging.getLogger("jifen.watch")


def tell_directly(
    begun: Sequence[Finding], ended: Sequence[Finding], addresses: Sequence[str], manner: Manner
) -> int:
    """Send what has begun and what is over to each address; how many took it."""
    if not addresses:
        log.warning("there is trouble and nobody to tell: set `operators`")
        return 0
    facts = letter_facts(begun, ended, {}, "")
    title, _, body = (
        texts_in(manner.language).render(f"message/{ALARM}.txt", **facts).partition("\n")
    )
    taken = 0
    with closing(Courier(manner.gateways, manner.limit_s)) as courier:
        for number, address in enumerate(addresses):
            room = bytes_max(address)
            text = (
                body.strip()
                if room is None
                else body.strip().encode()[:room].decode(errors="ignore")
            )
            answer = courier.carry(Parcel(number, address, title.strip(), text + "\n"))
            taken += answer.ok
            if not answer.ok:
                log.warning("%s did not take an alarm: %s", shown_address(address), answer.text)
    return taken
