"""A messenger that writes nothing and remembers what it was to tell."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from domain.occasions.occasion import Occasion
from domain.store.tables.people import Community


@dataclass
class Told:
    """A `Tell`; `occasions` are what it heard, earliest first."""

    occasions: list[Occasion] = field(default_factory=list)

    def __call__(
        self, _session: Session, _community: Community, occasion: Occasion, _as_of: datetime
    ) -> int:
        self.occasions.append(occasion)
        return 1

    @property
    def names(self) -> list[str]:
        """What kinds of occasion they were."""
        return [type(each).__name__ for each in self.occasions]
