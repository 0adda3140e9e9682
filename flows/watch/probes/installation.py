"""What the probes look at (被检查的系统): an installation as its settings name it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from domain.kernel.local_time import now
from domain.store.service_time import ServiceTime
from flows.engine.access import Access, access_to
from flows.engine.home import address_of_service
from flows.watch.sights import WatchSettings

if TYPE_CHECKING:
    from config.settings import Settings


@dataclass(frozen=True)
class Installation:
    """The domain database, the folders, and how Prefect's server is found.

    `publishes` says that whoever asks writes the public folder itself: a part of the service that
    only shows it need not be able to.
    """

    engine: Engine
    var_dir: Path
    public_dir: Path
    prefect_home: Path
    # The list of deployments that the clock submits to.
    prefect_file: Path
    prefect_api_url: str | None = None
    manner: WatchSettings = field(default_factory=WatchSettings)
    moment: Callable[[], datetime] = now
    publishes: bool = False

    @classmethod
    def of(
        cls,
        settings: "Settings",
        engine: Engine,
        moment: Callable[[], datetime] | None = None,
        *,
        publishes: bool = False,
    ) -> "Installation":
        """As the settings say; by the database's time, where no other is given."""
        from config import prefect_file  # lazy: entry

        return cls(
            engine,
            settings.var_dir,
            settings.public_dir,
            settings.prefect_home,
            prefect_file(),
            settings.prefect_api_url,
            WatchSettings.of(settings),
            moment or ServiceTime(engine),
            publishes,
        )

    @property
    def access(self) -> Access | None:
        """How Prefect's server is asked; None where the settings name none and none runs here.

        Looked up anew each time: a server that starts for the first time makes its secret then.
        """
        api = self.prefect_api_url or address_of_service(self.prefect_home)
        return access_to(api, self.prefect_home) if api else None

    @property
    def api_url(self) -> str:
        """Prefect's address without its secret, as an operator is told it."""
        access = self.access
        return access.url if access else ""
