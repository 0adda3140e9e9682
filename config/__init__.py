"""How an installation is set up (安装配置): settings, migrations, deployments, units, locks.

Read by entry points only; values are passed down. What an administrator copies and changes lies
in the folders without Python: `systemd`, `nginx`, `caddy`, `postgresql`, `kubernetes`, …
"""

from pathlib import Path


def prefect_file() -> Path:
    """The list of deployments, for our own `jifen deploy` and for Prefect's."""
    return Path(__file__).parent / "prefect.yaml"


def automations_file() -> Path:
    """What Prefect itself tells operators of."""
    return Path(__file__).parent / "automations.yaml"


def job_template() -> Path:
    """What can be set for a run in the work pool: nothing that would run something else."""
    return Path(__file__).parent / "job_template.json"
