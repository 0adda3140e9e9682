"""How a town runs it: no secret in an image, no root, no superuser, and files for their owner."""

import fnmatch
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import Settings

CONFIG = Path(__file__).resolve().parents[2] / "config"
UNITS = sorted(CONFIG.glob("systemd/*.service"))


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CONFIG / "compose.yaml").read_text("utf-8"))
    return found


def test_no_program_of_ours_is_the_databases_superuser_or_root() -> None:
    found = compose()
    services = {name: each for name, each in found["services"].items() if name != "db"}
    assert set(services) == {"init", "prefect", "worker", "clock", "web"}
    for name, service in services.items():
        assert "USER jifen" in service["build"]["dockerfile_inline"], name
        assert service["cap_drop"] == ["ALL"], name
        assert "POSTGRES_PASSWORD" not in str(service), name
        assert "//postgres:" not in str(service), name
    assert "CREATE DATABASE jifen OWNER jifen" in found["configs"]["databases"]["content"]


@pytest.mark.parametrize("secret", ["jifen.toml", "var/", ".env", "config/.env", "backup/"])
def test_no_secret_goes_into_an_image(secret: str) -> None:
    lines = (CONFIG.parent / ".dockerignore").read_text("utf-8").splitlines()
    patterns = [line.removeprefix("**/") for line in lines if line and not line.startswith("#")]
    last = secret if secret.endswith("/") else Path(secret).name
    assert any(fnmatch.fnmatch(last, pattern) for pattern in patterns)


def test_jifen_toml_is_not_committed() -> None:
    assert "jifen.toml" in (CONFIG.parent / ".gitignore").read_text("utf-8").splitlines()


@pytest.mark.parametrize("unit", UNITS, ids=lambda each: each.name)
def test_a_unit_may_do_no_more_than_it_needs(unit: Path) -> None:
    lines = unit.read_text("utf-8").splitlines()
    for wanted in ("UMask=0077", "StateDirectoryMode=0700", "NoNewPrivileges=yes",
                   "CapabilityBoundingSet=", "ProtectSystem=strict",
                   "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
                   "SystemCallFilter=@system-service"):  # fmt: skip
        assert wanted in lines, wanted


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda each: each.name)
def test_systemd_itself_finds_a_unit_sound_and_hardly_exposed(unit: Path, tmp_path: Path) -> None:
    # The program is not where a town has it.
    text = re.sub(r"/opt/jifen/\.venv/bin/\S+", "/bin/true", unit.read_text("utf-8"))
    here = tmp_path / unit.name
    here.write_text(text, "utf-8")
    sound = analyzed("verify", "--recursive-errors=no", str(here))
    assert (sound.returncode, sound.stderr) == (0, "")
    measured = analyzed("security", "--offline=true", "--threshold=29", "--no-pager", str(here))
    assert measured.returncode == 0, measured.stdout


def analyzed(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip


def test_what_works_on_the_record_looks_at_its_version_first() -> None:
    for unit in UNITS:
        text = unit.read_text("utf-8")
        is_service = unit.stem in ("jifen-clock", "jifen-worker", "jifen-web")
        assert ("ExecStartPre=/opt/jifen/.venv/bin/jifen init --check" in text) is is_service, unit


# What each part needs of what is secret, and nothing else.
SECRETS = {
    "common": set(),
    "init": {"JIFEN_DATABASE_URL"},
    "backup": {"JIFEN_DATABASE_URL"},
    "worker": {"JIFEN_DATABASE_URL", "PREFECT_API_AUTH_STRING"},
    "clock": {"JIFEN_DATABASE_URL", "PREFECT_API_AUTH_STRING", "JIFEN_OPERATORS",
              "JIFEN_DESK_KEY"},
    "web": {"JIFEN_DATABASE_URL", "PREFECT_API_AUTH_STRING", "JIFEN_OPERATORS", "JIFEN_DESK_KEY",
            "JIFEN_WEB_TOKEN"},
    "prefect": {"PREFECT_API_DATABASE_CONNECTION_URL", "PREFECT_SERVER_API_AUTH_STRING",
                "JIFEN_REDIS_URL"},
}  # fmt: skip


@pytest.mark.parametrize("unit", UNITS, ids=lambda each: each.name)
def test_a_unit_knows_what_it_needs_and_no_other_units_secrets(unit: Path) -> None:
    own = unit.stem.removeprefix("jifen-")
    read = re.findall(r"^EnvironmentFile=/etc/jifen/(.+)\.env$", unit.read_text(), re.MULTILINE)
    assert read == ["common", own]
    for name in read:
        variables = dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", env_example(name), re.MULTILINE))
        secret = {each for each, value in variables.items() if "CHANGE_ME" in value}
        assert secret == SECRETS[name], name
        settings = {each for each in variables if each.startswith("JIFEN_")}
        known = {f"JIFEN_{each.upper()}" for each in Settings.model_fields}
        assert settings <= known


def env_example(name: str) -> str:
    return (CONFIG / f"systemd/env/{name}.env.example").read_text("utf-8")


def test_the_database_is_copied_every_night() -> None:
    timer = (CONFIG / "systemd/jifen-backup.timer").read_text("utf-8")
    assert "Persistent=yes" in timer
    service = (CONFIG / "systemd/jifen-backup.service").read_text("utf-8")
    assert re.search(r"^ExecStart=\S+/jifen backup /var/lib/jifen/backup --keep \d+$", service,
                     re.MULTILINE)  # fmt: skip
