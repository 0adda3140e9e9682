"""Settings: variables before the file before defaults, and secrets never shown."""

import json
import os
import secrets
from pathlib import Path

import pytest

from config.settings import load
from config.shown import shown_settings
from domain.kernel.errors import BadInput
from tests.languages import foreign

SECRET = "hunter2%40"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and no setting from outside."""
    for name in os.environ:
        if name.startswith("JIFEN_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal() -> str:
    with pytest.raises(BadInput) as refused:
        load()
    message = str(refused.value)
    assert "hunter2" not in message
    assert "\n" not in message
    return message


def test_defaults(here: Path) -> None:
    settings = load()
    assert settings.database_url.get_secret_value() == f"sqlite:///{here}/var/jifen.db"
    assert (settings.var_dir, settings.prefect_home) == (here / "var", here / "var" / "prefect")
    assert (settings.locale, settings.log_level) == ("zh_CN", "INFO")
    assert settings.prefect_api_url is None


def test_the_file_is_read_and_a_variable_wins(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "jifen.toml").write_text('locale = "en"\nlog_level = "debug"\nvar_dir = "data"\n')
    assert load().locale == "en"
    monkeypatch.setenv("JIFEN_LOCALE", "zh_CN")
    monkeypatch.setenv("JIFEN_PREFECT_HOME", "")
    settings = load()
    assert (settings.locale, settings.log_level) == ("zh_CN", "DEBUG")
    assert settings.prefect_home == here / "data" / "prefect"
    assert settings.database_url.get_secret_value() == f"sqlite:///{here}/data/jifen.db"


def test_a_relative_sqlite_file_stays_where_it_is(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIFEN_DATABASE_URL", "sqlite:///data/village.db")
    settings = load()
    monkeypatch.chdir("/")
    assert settings.database_url.get_secret_value() == f"sqlite:///{here}/data/village.db"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"postgresql+psycopg://u:{SECRET}@h:5432/db", "postgresql+psycopg://u:***@h:5432/db"),
        (
            f"postgresql://u:{SECRET}@h/db?sslmode=require",
            "postgresql://u:***@h/db?sslmode=require",
        ),
        (f"postgresql://h/db?user=u&password={SECRET}", "postgresql://h/db?password=***&user=u"),
        (f"postgresql://h/db?sslpassword={SECRET}", "postgresql://h/db?sslpassword=***"),
    ],
)
def test_passwords_are_masked_whole(monkeypatch: pytest.MonkeyPatch, url: str, shown: str) -> None:
    monkeypatch.setenv("JIFEN_DATABASE_URL", url)
    monkeypatch.setenv("JIFEN_PREFECT_API_URL", f"https://u:{SECRET}@prefect.example/api")
    settings = load()
    assert settings.database_url.get_secret_value() == url
    values = shown_settings(settings)
    assert values["database_url"] == shown
    assert values["prefect_api_url"] == "https://u:***@prefect.example/api"
    assert "hunter2" not in f"{values}{settings!r}"


def test_what_is_shown_is_plain_text(here: Path) -> None:
    assert shown_settings(load()) == {
        "var_dir": f"{here}/var",
        "database_url": f"sqlite:///{here}/var/jifen.db",
        "prefect_api_url": None,
        "prefect_home": f"{here}/var/prefect",
        "locale": "zh_CN",
        "templates_dir": f"{here}/config/templates",
        "public_dir": f"{here}/var/public",
        "desk_key": None,
        "redis_url": None,
        "desk_url": None,
        "public_url": None,
        "log_level": "INFO",
        "log_format": "text",
        "prefect_ui_url": "http://127.0.0.1:4200",
        "operators": None,
        "operators_webhook": None,
        "web_token": None,
        "outbox_age_minutes": "120",
        "backup_days": "8",
        "sweep_seconds": "30.0",
        "runs_at_once": "2",
        "reap_after_seconds": "300.0",
        "quiet_from": "21:00:00",
        "quiet_until": "07:30:00",
        "digest_at": "09:30:00",
        "gateways": None,
    }


def test_addresses_and_tokens_are_never_shown(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIFEN_OPERATORS", "wecombot://hunter2 mailto://u:hunter2@example.org")
    monkeypatch.setenv("JIFEN_OPERATORS_WEBHOOK", "https://robots.example.org/send?key=hunter2")
    monkeypatch.setenv("JIFEN_WEB_TOKEN", "hunter2hunter2hunter2")
    settings = load()
    assert [each.get_secret_value() for each in settings.operators] == [
        "wecombot://hunter2",
        "mailto://u:hunter2@example.org",
    ]
    values = shown_settings(settings)
    assert (values["operators"], values["web_token"]) == ("*** ***", "***")
    assert values["operators_webhook"] == "***"
    assert "hunter2" not in f"{values}{settings!r}"
    monkeypatch.delenv("JIFEN_OPERATORS")
    (here / "jifen.toml").write_text('operators = ["ntfy://hunter2"]')
    assert len(load().operators) == 1


@pytest.mark.parametrize(
    ("api", "shown"),
    [
        ("https://u:hunter2@prefect.example/api", "https://prefect.example"),
        ("http://10.0.0.7:4300/api", "http://10.0.0.7:4300"),
        ("https://town.example/prefect/api", "https://town.example/prefect"),
    ],
)
def test_prefects_ui_is_beside_its_api(
    monkeypatch: pytest.MonkeyPatch, api: str, shown: str
) -> None:
    monkeypatch.setenv("JIFEN_PREFECT_API_URL", api)
    assert load().prefect_ui_url == shown
    monkeypatch.setenv("JIFEN_PREFECT_UI_URL", "https://ui.example")
    assert load().prefect_ui_url == "https://ui.example"


def test_unknown_keys_are_named(here: Path) -> None:
    (here / "jifen.toml").write_text('databse_url = "hunter2"\n[notify]\nkey = "hunter2"\n')
    message = refusal()
    assert message.startswith("jifen.toml has no setting “databse_url”, “notify”: there are ")
    assert "database_url" in message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("locale", '"hunter2"'),
        ("log_level", '"hunter2"'),
        ("log_level", "5"),
        ("database_url", '"hunter2"'),
        ("database_url", '"postgresql://u:p@host:hunter2/db"'),
        ("database_url", '"sqlite://"'),
        ("database_url", "[1]"),
        ("prefect_api_url", '"hunter2"'),
        ("prefect_api_url", '"http://u:p@host:hunter2/"'),
        ("var_dir", "5"),
        ("operators", '"hunter2"'),
        ("operators_webhook", '"hunter2"'),
        ("web_token", '"hunter2"'),
        ("outbox_age_minutes", '"hunter2"'),
    ],
)
def test_a_value_of_no_use_is_named_by_its_key(
    here: Path, monkeypatch: pytest.MonkeyPatch, key: str, value: str
) -> None:
    (here / "jifen.toml").write_text(f"{key} = {value}\n")
    assert refusal().startswith(f"“{key}” in jifen.toml cannot be used: ")
    if value.startswith('"'):
        monkeypatch.setenv(f"JIFEN_{key.upper()}", value.strip('"'))
        assert refusal().startswith(f"JIFEN_{key.upper()} cannot be used: ")


@pytest.mark.parametrize("content", [b"locale = hunter2", b"\xff\xfe", b"locale", b"a = 1\na = 2"])
def test_a_file_that_is_no_toml(here: Path, content: bytes) -> None:
    (here / "jifen.toml").write_bytes(content)
    assert refusal().startswith("jifen.toml ")


def test_a_file_that_is_a_folder(here: Path) -> None:
    (here / "jifen.toml").mkdir()
    load()


def test_other_variables_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIFEN_TEST_POSTGRES_URL", "postgresql://")
    load()


@pytest.mark.parametrize(
    "address",
    ["gs.example.cn", "https://u:hunter2@gs.example.cn", "https://x.cn/a?b", "ftp://x.cn"],
)
def test_a_public_address_holds_no_secret(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("JIFEN_PUBLIC_URL", address)
    with pytest.raises(BadInput, match="JIFEN_PUBLIC_URL cannot be used") as refused:
        load()
    assert "hunter2" not in str(refused.value)
    monkeypatch.setenv("JIFEN_PUBLIC_URL", "https://gs.example.cn/jifen/")
    assert load().public_url == "https://gs.example.cn/jifen/"


@pytest.mark.parametrize("value", ["hunter2", '["hunter2"]', '{"wecombot": "hunter2"}'])
def test_gateways_that_are_none_are_named_without_their_value(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("JIFEN_GATEWAYS", value)
    assert refusal().startswith("JIFEN_GATEWAYS cannot be used: ")


def test_the_gateways_of_a_variable_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIFEN_GATEWAYS", '{"wecombot": "http://10.0.0.5"}')
    assert load().gateways == {"wecombot": "http://10.0.0.5"}


def test_a_desk_needs_a_key_that_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIFEN_DESK_URL", "https://gs.example.cn")
    assert "desk_key" in refusal()
    for short in (
        "hunter2",
        "a" * 16,
        secrets.token_hex(16),
        secrets.token_hex(31),
        secrets.token_urlsafe(31),
        "a" * 64,
        "hunter2" * 10,
    ):
        monkeypatch.setenv("JIFEN_DESK_KEY", short)
        assert "openssl rand -hex 32" in refusal()
        assert short not in refusal()
    for long in (secrets.token_hex(32), secrets.token_urlsafe(32), "hunter2/" + "Q" * 40):
        monkeypatch.setenv("JIFEN_DESK_KEY", long)
        load()
    settings = load()
    assert "hunter2" not in repr(settings)
    assert shown_settings(settings)["desk_key"] == "***"


@pytest.mark.parametrize(
    "address",
    [
        "http://jifen.town.example",
        "http://192.168.1.9:4280",
        "http://[fd00::1]/x",
        "http://localhost.evil.example",
        "HTTP://10.0.0.1",
        "http://127.0.0.1.evil.example",
    ],
)
def test_a_desk_in_the_clear_is_this_machines_only(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("JIFEN_DESK_KEY", secrets.token_hex(32))
    monkeypatch.setenv("JIFEN_DESK_URL", address)
    assert "JIFEN_DESK_URL cannot be used" in refusal()
    for own in (
        "http://127.0.0.1:4280",
        "http://localhost:4280",
        "http://[::1]:4280",
        "https://jifen.town.example/x",
    ):
        monkeypatch.setenv("JIFEN_DESK_URL", own)
        assert load().desk_url == own


def test_of_a_web_address_only_the_machine_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "http://10.0.0.5:81/k/hunter2?k=hunter2#hunter2"
    monkeypatch.setenv("JIFEN_GATEWAYS", json.dumps({"wecombot": secret, "schan": "http://a"}))
    monkeypatch.setenv("JIFEN_PREFECT_API_URL", "https://hunter2@p.example/hunter2/api?x=hunter2")
    monkeypatch.setenv("JIFEN_DATABASE_URL", "postgresql://u@h/db?options=hunter2&sslmode=require")
    values = shown_settings(load())
    assert "hunter2" not in str(values)
    assert values["gateways"] == '{"wecombot": "http://10.0.0.5:81/***", "schan": "http://a"}'
    assert values["database_url"] == "postgresql://u@h/db?options=***&sslmode=require"


@pytest.mark.parametrize(
    ("key", "value", "chinese", "english"),
    [
        ("locale", "fr", "可选 zh_CN、en", "Input should be 'zh_CN' or 'en'"),
        ("runs_at_once", "0", "应不小于 1", "greater than or equal to 1"),
        ("runs_at_once", "many", "应为整数", "a valid integer"),
        ("quiet_from", "night", "应为时间", "time"),
        ("public_url", "x", "应为网址", "not a web address such as"),
        ("web_token", "short", "口令至少要", "a token needs at least"),
        ("gateways", "{", "应为 JSON", 'not JSON such as {"wecombot": "http://10.0.0.5"}'),
    ],
)
def test_what_cannot_be_used_is_said_in_both_languages(
    key: str, value: str, chinese: str, english: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"JIFEN_{key.upper()}", value)
    with pytest.raises(BadInput) as caught:
        load()
    told = caught.value.text("zh_CN")
    assert told.startswith(f"JIFEN_{key.upper()} 不能用：{chinese}")
    assert english in str(caught.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('locale = "', "不合 TOML 格式：文件末尾没有写完"),
        ("locale = zh", "不合 TOML 格式：第 1 行第 10 列写法不对"),
        ("operators = 7", "应为列表，写在方括号里"),
        ("outbox_age_minutes = 1.5", "应为整数"),
        ("templates_dir = 3", "应为路径"),
        ("runs_at_once = [1]", "应为整数"),
    ],
)
def test_what_a_library_says_of_the_file_is_said_in_chinese(
    text: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jifen.toml").write_text(text, "utf-8")
    with pytest.raises(BadInput) as caught:
        load()
    assert why in caught.value.text("zh_CN")
    assert not foreign(caught.value.text("zh_CN"))
