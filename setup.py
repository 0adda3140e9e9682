"""What pyproject.toml cannot say: that our folders are installed inside the package `jifen`."""

from setuptools import find_namespace_packages, setup

FOLDERS = ("config", "console", "domain", "flows", "notifications", "rulesets")

setup(
    packages=[
        "jifen",
        *(
            f"jifen.{name}"
            for folder in FOLDERS
            for name in find_namespace_packages(include=[folder, f"{folder}.*"])
            if "__pycache__" not in name
        ),
    ],
    package_dir={"jifen": "jifen", **{f"jifen.{folder}": folder for folder in FOLDERS}},
)
