from pathlib import Path


def prefect_file() -> Path:
    """The list of deployments, for our own `jifen deploy` and for Prefect's."""
    return Path(__file__).parent / "prefect.yaml"
