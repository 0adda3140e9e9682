"""The settings of an installation: `JIFEN_*` variables, then `jifen.toml`, then defaults.

Read by entry points only, which pass the values down.
"""

import ipaddress
import json
import re
import tomllib
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from config.ports import PREFECT_PORT
from config.sources import FILE, PREFIX, in_file, variable
from domain.kernel.errors import BadInput
from domain.kernel.hosts import HERE
from domain.kernel.library_text import toml_fault, value_fault
from domain.kernel.reasons import Reason, reason, said
from domain.kernel.sentences import DEFAULT, LANGUAGES

if TYPE_CHECKING:
    Language = str
else:
    Language = Literal[LANGUAGES]
# Where `jifen up` has Prefect's server unless told otherwise.
TOKEN_MIN = 16
# What 32 random bytes take in hexadecimal digits, and in base64; and how many different characters
# they are at the least.
KEY_HEX_MIN, KEY_MIN = 64, 43
KEY_LETTERS_MIN = 8
# pydantic's names for an unknown key, and for a default that only another error kept from being.
_UNKNOWN, _NO_DEFAULT = "extra_forbidden", "default_factory_not_called"


class Unusable(ValueError):
    """A value that a setting cannot have."""

    def __init__(self, why: Reason) -> None:
        super().__init__(why.text("en"))
        self.why = why


def _absolute(path: Path) -> Path:
    return Path.cwd() / path.expanduser()


def _database_url(secret: SecretStr) -> SecretStr:
    """A URL that can be read, whose SQLite file stays the same wherever a process runs."""
    try:
        url = make_url(secret.get_secret_value())
    except (ArgumentError, ValueError):
        # Without the cause: its text may quote the password.
        raise Unusable(reason("no_database_url")) from None
    if url.get_backend_name() != "sqlite":
        return secret
    if url.database in (None, "", ":memory:"):
        raise Unusable(reason("sqlite_needs_file"))
    url = url.set(database=str(_absolute(Path(str(url.database)))))
    return SecretStr(url.render_as_string(hide_password=False))


def _redis_url(secret: SecretStr) -> SecretStr:
    scheme = urlsplit(secret.get_secret_value()).scheme
    if scheme.removesuffix("+sentinel") not in ("redis", "rediss"):
        raise Unusable(reason("no_redis_address"))
    return secret


def _web_address(text: str) -> str:
    try:
        is_web = make_url(text).drivername in ("http", "https")
    except (ArgumentError, ValueError):
        is_web = False
    if not is_web:
        raise Unusable(reason("no_web_address"))
    return text


def _webhook(secret: SecretStr) -> SecretStr:
    _web_address(secret.get_secret_value())
    return secret


def _public_address(text: str) -> str:
    """A web address that everybody may know: it goes into the public feeds."""
    address = _web_address(text)
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#@]*)?", address):
        raise Unusable(reason("no_public_address"))
    return address


def _ui_beside(api_url: str | None) -> str:
    """The address of Prefect's UI, without the user and password that its API may want."""
    if api_url is None:
        return f"http://{HERE}:{PREFECT_PORT}"
    url = make_url(api_url)
    path = "/".join(part for part in (url.database or "").split("/") if part not in ("", "api"))
    host = f"{url.host}:{url.port}" if url.port else url.host
    return f"{url.drivername}://{host}/{path}".rstrip("/")


def _words(value: object) -> object:
    return value.split() if isinstance(value, str) else value


def _table(value: object) -> object:
    """What the file writes as a table, a variable writes as JSON."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise Unusable(reason("no_json_table")) from None


def _addresses(urls: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    if not all("://" in url.get_secret_value() for url in urls):
        raise Unusable(reason("no_apprise_urls"))
    return urls


def _token(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < TOKEN_MIN:
        raise Unusable(reason("token_short", least=TOKEN_MIN))
    return secret


def _desk_key(secret: SecretStr) -> SecretStr:
    """Who guesses the key decides as anybody; so it is as long as 32 random bytes are, written in
    hexadecimal digits or in base64."""
    key = secret.get_secret_value()
    least = KEY_HEX_MIN if re.fullmatch("[0-9A-Fa-f]*", key) else KEY_MIN
    if len(key) < least or len(set(key)) < KEY_LETTERS_MIN:
        raise Unusable(reason("key_weak"))
    return secret


def _private_way(address: str) -> str:
    """Beyond this machine, a link that is a secret goes through TLS."""
    url = make_url(address)
    if url.drivername != "https" and not _is_loopback(url.host or ""):
        raise Unusable(reason("links_need_tls"))
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def _signed(address: str, known: ValidationInfo) -> str:
    if "desk_key" in known.data and known.data["desk_key"] is None:
        raise Unusable(reason("links_need_key"))
    return address


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


Folder = Annotated[Path, AfterValidator(_absolute)]
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Settings(BaseModel):
    """What an installation can set.

    pydantic-settings would read the same two sources; to load it takes a tenth of the half
    second within which a command has to answer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    var_dir: Folder = Path("var")
    database_url: Annotated[SecretStr, AfterValidator(_database_url)] = Field(
        default_factory=lambda known: SecretStr(f"sqlite:///{known['var_dir'] / 'jifen.db'}")
    )
    prefect_api_url: Annotated[str, AfterValidator(_web_address)] | None = Field(
        default=None,
        repr=False,  # it may hold a password
    )
    # What several Prefect servers over one database tell each other through.
    redis_url: Annotated[SecretStr, AfterValidator(_redis_url)] | None = None
    prefect_home: Folder = Field(default_factory=lambda known: known["var_dir"] / "prefect")
    # How often the clock looks, and how long a run may be silent before another takes over.
    sweep_seconds: Annotated[float, Field(ge=1)] = 30
    reap_after_seconds: Annotated[float, Field(ge=20)] = 300
    # How many flow runs all workers together do side by side: a step is cut into so many.
    runs_at_once: Annotated[int, Field(ge=1)] = 2
    locale: Language = DEFAULT
    # Texts of the installation's own, by language and path as ours are: zh_CN/notice/quarter.html
    templates_dir: Folder = Path("config/templates")
    # Published notices, for a web server to serve; and the address where it does.
    public_dir: Folder = Field(default_factory=lambda known: known["var_dir"] / "public")
    public_url: Annotated[str, AfterValidator(_public_address)] | None = None
    log_level: Annotated[Level, BeforeValidator(_upper)] = "INFO"
    log_format: Literal["text", "json"] = "text"
    # Where operators look at flow runs; by default beside the API, or where `jifen up` has it.
    prefect_ui_url: Annotated[str, AfterValidator(_web_address)] = Field(
        default_factory=lambda known: _ui_beside(known["prefect_api_url"]), repr=False
    )
    # Who is told when the service itself is in trouble: Apprise URLs, parted by blanks.
    operators: Annotated[
        tuple[SecretStr, ...], BeforeValidator(_words), AfterValidator(_addresses)
    ] = ()
    # Where Prefect itself tells them (config/automations.yaml): a webhook, as a group's robot has.
    operators_webhook: Annotated[SecretStr, AfterValidator(_webhook)] | None = None
    # What the web part's /status and /metrics ask for; else a token made for the installation.
    web_token: Annotated[SecretStr, AfterValidator(_token)] | None = None
    # The address of the web part for reviewers, whose letters then have a link each, by which
    # they decide; and what those links are signed with.
    desk_key: Annotated[SecretStr, AfterValidator(_desk_key)] | None = None
    desk_url: (
        Annotated[
            str,
            AfterValidator(_public_address),
            AfterValidator(_private_way),
            AfterValidator(_signed),
        ]
        | None
    ) = None
    outbox_age_minutes: Annotated[int, Field(ge=1)] = 120
    # So old may the last `jifen backup` be; 0 where something else takes the copies.
    backup_days: Annotated[int, Field(ge=0)] = 8
    # Nobody is written to in the quiet hours (Asia/Shanghai); equal times mean there are none.
    quiet_from: time = time(21, 0)
    quiet_until: time = time(7, 30)
    # From when on each person's one letter of the day goes out.
    digest_at: time = time(9, 30)
    # At which address of the town's own a service is reached: {"wecombot": "http://10.0.0.5"}.
    gateways: Annotated[
        dict[str, Annotated[str, AfterValidator(_web_address)]], BeforeValidator(_table)
    ] = Field(default_factory=dict, repr=False)


def database_address(text: str, option: str) -> str:
    """A database's URL as an option gives it; BadInput names the option, never the value."""
    try:
        return _database_url(SecretStr(text)).get_secret_value()
    except ValueError as error:
        raise BadInput(reason("option_is", option=option, why=_why(error))) from None


def load(**given: object) -> Settings:
    """The settings here and now, of which `given` are set by the caller.

    BadInput names each key that cannot be used, never its value.
    """
    try:
        return Settings.model_validate(in_file() | _variables() | given)
    except ValidationError as error:
        # `from None`: pydantic's own text quotes the values.
        raise BadInput(_faults(error.errors(include_url=False))) from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(reason("settings_no_toml", file=FILE, why=toml_fault(error))) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(reason("settings_unreadable", file=FILE)) from error


def _variables() -> dict[str, str]:
    """The settings that variables give."""
    given = {key: variable(key) for key in Settings.model_fields}
    return {key: value for key, value in given.items() if value}


def _faults(problems: list[ErrorDetails]) -> Reason:
    unknown = tuple(f"“{problem['loc'][0]}”" for problem in problems if problem["type"] == _UNKNOWN)
    causes = [problem for problem in problems if problem["type"] not in (_UNKNOWN, _NO_DEFAULT)]
    faults = [_fault(problem) for problem in causes]
    if unknown:
        known = tuple(Settings.model_fields)
        faults.append(reason("settings_unknown", file=FILE, keys=unknown, known=known))
    return reason("all_of", all=tuple(faults))


def _fault(problem: ErrorDetails) -> Reason:
    key = str(problem["loc"][0])
    where = PREFIX + key.upper() if variable(key) else reason("setting_in_file", key=key, file=FILE)
    return reason("setting_unusable", where=where, why=_of_library(problem))


def _of_library(problem: ErrorDetails) -> Reason:
    """Why a value cannot be used: in our words where a validator of ours says so."""
    if problem["type"] == "value_error":
        return _why(problem["ctx"]["error"])
    return value_fault(problem, problem["msg"])


def _why(fault: object) -> Reason:
    return fault.why if isinstance(fault, Unusable) else said(str(fault))
