"""How a town runs it: no secret in an image, no root, no superuser, and files for their owner."""

import fnmatch
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import Settings, load

CONFIG = Path(__file__).resolve().parents[2] / "config"
UNITS = sorted(CONFIG.glob("systemd/*.service"))


KEY = "0123456789abcdef" * 4


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CONFIG / "compose.yaml").read_text("utf-8"))
    return found


SERVICES = {name: each for name, each in compose()["services"].items() if name != "db"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_may_do_no_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert (service["cap_drop"], service["read_only"]) == (["ALL"], True)
    assert service["security_opt"] == ["no-new-privileges:true"]
    text = str(service)
    assert "POSTGRES_PASSWORD" not in text
    assert ("jifen_owner:" in text) is (name == "init")
    assert ("PREFECT_DB_PASSWORD" in text) is (name == "prefect")
    if name == "prefect":
        assert "JIFEN_DB_PASSWORD" not in text
    assert "healthcheck" in service


def test_one_image_is_built_once() -> None:
    assert [name for name, each in SERVICES.items() if "build" in each] == ["init"]
    assert len({each["image"] for each in SERVICES.values()}) == 1


def test_the_image_has_a_user_of_its_own_and_nothing_that_tests_or_builds() -> None:
    text = (CONFIG / "image/Dockerfile").read_text("utf-8")
    assert re.search(r"^ARG BASE=python:3\.\d+\.\d+-\S+$", text, re.MULTILINE)
    final = text.rpartition("\nFROM ")[2]
    assert "USER 10001:10001" in final
    assert "HEALTHCHECK" in final
    assert "COPY . ." not in final
    assert "dev.lock" not in text
    assert text.count("--require-hashes") == text.count("-r config/locks/build.lock") + 1


def of_compose(name: str) -> dict[str, str]:
    """What a container is told, where everything asked for was given."""
    given: dict[str, str] = {
        "PREFECT_SECRET": KEY,
        "JIFEN_DESK_KEY": KEY,
        "JIFEN_DESK_URL": "https://jifen.town.example",
    }

    def value(found: re.Match[str]) -> str:
        return given.get(found[1], (found[2] or "")[2:] if (found[2] or "")[:2] == ":-" else KEY)

    def filled(text: str) -> str:
        return re.sub(r"\$\{([A-Z_]+)(:[-?][^}]*)?\}", value, text)

    return {key: filled(text) for key, text in SERVICES[name].get("environment", {}).items()}


def test_whatever_secret_compose_asks_for_is_made() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", (CONFIG / "compose.yaml").read_text("utf-8")))
    made = re.search(
        r"^SECRETS := ((.+\\\n)*.+)$", (CONFIG.parent / "Makefile").read_text("utf-8"), re.MULTILINE
    )
    assert made is not None
    assert asked | {"JIFEN_DESK_KEY"} == set(made[1].replace("\\", " ").split())


def of_unit(name: str) -> dict[str, str]:
    """What a unit is told, with all that its examples show."""
    lines = re.findall(
        r"^(?:# )?([A-Z_]+)=(.*)$", env_example("common") + env_example(name), re.MULTILINE
    )
    return {key: text.replace("CHANGE_ME", KEY) for key, text in lines}


def manifests() -> list[dict[str, Any]]:
    files = sorted(CONFIG.glob("kubernetes/*.yaml"))
    return [each for file in files for each in yaml.safe_load_all(file.read_text("utf-8"))]


def pods() -> dict[str, dict[str, Any]]:
    """What runs, by name, as Kubernetes starts it."""
    found = {}
    for each in manifests():
        spec = each.get("spec", {}).get("jobTemplate", each).get("spec", {})
        if "template" in spec:
            found[each["metadata"]["name"]] = spec["template"]["spec"]
    return found


def of_pod(name: str) -> dict[str, str]:
    kept = {
        each["metadata"]["name"]: each.get("data") or each["stringData"]
        for each in manifests()
        if each["kind"] in ("ConfigMap", "Secret")
    }
    sources = pods()[name]["containers"][0]["envFrom"]
    names = [(each.get("configMapRef") or each["secretRef"])["name"] for each in sources]
    found = {key: text for each in names for key, text in kept[each].items()}
    return {key: text.replace("CHANGE_ME", KEY) for key, text in found.items()}


PARTS = [
    *((of_compose, each) for each in SERVICES),
    *((of_unit, unit.stem.removeprefix("jifen-")) for unit in UNITS),
    *((of_pod, each) for each in pods()),
]


@pytest.mark.parametrize(("told", "name"), PARTS, ids=lambda each: getattr(each, "__name__", each))
def test_what_a_part_is_told_are_settings_that_it_can_start_with(
    told: Callable[[str], dict[str, str]],
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    for key in [key for key in os.environ if key.startswith("JIFEN_")]:
        monkeypatch.delenv(key)
    environment = told(name)
    ours = {key for key in environment if key.startswith("JIFEN_")}
    assert ours <= {f"JIFEN_{key.upper()}" for key in Settings.model_fields}
    for key, text in environment.items():
        monkeypatch.setenv(key, text)
    settings = load()
    is_embedded = settings.database_url.get_secret_value().startswith("sqlite")
    assert is_embedded is (name == "prefect")
    if name == "web":
        assert settings.desk_key is not None
        assert settings.web_token is not None


@pytest.mark.parametrize("name", pods())
def test_a_pod_may_do_no_more_than_it_needs(name: str) -> None:
    pod = pods()[name]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is pod["enableServiceLinks"] is False
    for box in (*pod.get("initContainers", ()), *pod["containers"]):
        assert box["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"memory", "cpu"} <= box["resources"]["requests"].keys()
        assert "memory" in box["resources"]["limits"]
    checks = [box["command"] for box in pod.get("initContainers", ())]
    assert checks == ([["jifen", "init", "--check"]] if name in ("clock", "worker", "web") else [])
    if name in ("web", "prefect"):
        assert {"livenessProbe", "readinessProbe"} <= pod["containers"][0].keys()


def test_a_disruption_takes_one_pod_at_a_time() -> None:
    kinds = {
        kind: {each["metadata"]["name"] for each in manifests() if each["kind"] == kind}
        for kind in ("Deployment", "PodDisruptionBudget")
    }
    assert kinds["Deployment"] == kinds["PodDisruptionBudget"]


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
    for wanted in (
        "UMask=0077",
        "StateDirectoryMode=0700",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "ProtectSystem=strict",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "SystemCallFilter=@system-service",
    ):
        assert wanted in lines, wanted


@pytest.mark.e2e
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
        ["systemd-analyze", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )


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
    "clock": {
        "JIFEN_DATABASE_URL",
        "PREFECT_API_AUTH_STRING",
        "JIFEN_OPERATORS",
        "JIFEN_OPERATORS_WEBHOOK",
        "JIFEN_DESK_KEY",
    },
    "web": {
        "JIFEN_DATABASE_URL",
        "PREFECT_API_AUTH_STRING",
        "JIFEN_OPERATORS",
        "JIFEN_DESK_KEY",
        "JIFEN_WEB_TOKEN",
    },
    "prefect": {
        "PREFECT_API_DATABASE_CONNECTION_URL",
        "PREFECT_SERVER_API_AUTH_STRING",
        "JIFEN_REDIS_URL",
    },
}


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
    assert re.search(
        r"^ExecStart=\S+/jifen backup /var/lib/jifen/backup --keep \d+$", service, re.MULTILINE
    )
