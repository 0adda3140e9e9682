"""The settings as they are shown (显示设置): no secret, not even a part of one."""

import json
from urllib.parse import urlsplit

from sqlalchemy import make_url

from config.settings import Settings
from domain.kernel.redaction import MASK

# Of a database's address, what is no secret; `sslkey` and the like name files.
_OPEN_PARAMETERS = frozenset(
    """
        application_name channel_binding client_encoding connect_timeout dbname host
        hostaddr port sslcert sslcrl sslkey sslmode sslrootcert target_session_attrs user
    """.split()
)
# Where Prefect has its API and its pages; another path may be a key.
_OPEN_PATHS = ("", "/", "/api", "/api/")


def shown_settings(settings: Settings) -> dict[str, str | None]:
    """The settings as `jifen config show` prints them: no password, not even a part of one."""
    values = settings.model_dump()
    values["database_url"] = _shown_database(settings.database_url.get_secret_value())
    if settings.prefect_api_url:
        values["prefect_api_url"] = _shown_web(settings.prefect_api_url)
    values["prefect_ui_url"] = _shown_web(settings.prefect_ui_url)
    gateways = {name: _shown_web(url) for name, url in settings.gateways.items()}
    values["gateways"] = json.dumps(gateways) if gateways else None
    values["operators"] = " ".join(MASK for _ in settings.operators) or None
    for name in ("web_token", "desk_key", "redis_url", "operators_webhook"):
        values[name] = MASK if values[name] else None
    return {key: None if value is None else str(value) for key, value in values.items()}


def _shown_database(text: str) -> str:
    """A database's address without its password and what may be another."""
    url = make_url(text)
    query = {
        key: value if key.lower() in _OPEN_PARAMETERS else MASK for key, value in url.query.items()
    }
    shown = url.set(query=query).render_as_string(hide_password=True)
    return shown.replace("%2A%2A%2A", MASK)


def _shown_web(text: str) -> str:
    """A web address as far as it is no secret: the machine, and who asks, but not the rest."""
    parts = urlsplit(text)
    login, _, place = parts.netloc.rpartition("@")
    user, has_password, _ = login.partition(":")
    shown = f"{user}:{MASK}@" if has_password else f"{MASK}@" if login else ""
    rest = parts.path if parts.path in _OPEN_PATHS and not parts.query else f"/{MASK}"
    return f"{parts.scheme}://{shown}{place}{rest}"
