"""How a town runs it: no secret in an image, no root, no superuser, and files for their owner."""

import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

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
