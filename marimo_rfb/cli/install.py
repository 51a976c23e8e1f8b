"""What is installed: this package, what it needs, what it can use."""

import re
from importlib import metadata
from pathlib import Path

from marimo_rfb.version import DISTRIBUTION

__all__ = ["DISTRIBUTION", "PACKAGE", "SOURCE_TREE", "is_older", "least_version", "version", "version_of"]

PACKAGE = Path(__file__).resolve().parent.parent
# Where the package lies in a checkout; in a wheel these files do not exist.
SOURCE_TREE = PACKAGE.parent if (PACKAGE.parent / "js" / "hatch_build.py").is_file() else None


def version() -> str:
    """Return the version of this package."""
    return version_of(DISTRIBUTION) or "(not installed, run from its source tree)"


def version_of(distribution: str) -> str | None:
    """Return the version of an installed distribution, `None` when there is none."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def least_version(distribution: str) -> str | None:
    """Return the oldest version of `distribution` that this package works with, as its metadata says."""
    return _requirements().get(distribution.lower())


def is_older(version: str, least: str) -> bool:
    """Compare the numbers of two releases; what follows them, such as `rc1`, does not count."""
    return _release(version) < _release(least)


def _release(version: str) -> tuple[int, ...]:
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    release = [int(number) for number in numbers.group().split(".")] if numbers else []
    while release and release[-1] == 0:
        release.pop()
    return tuple(release)


def _requirements() -> dict[str, str]:
    try:
        lines = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return {}
    found = (re.match(r"([\w.-]+)(?:\[[^]]*\])?\s*>=\s*([\d.]+)", line) for line in lines)
    return {match.group(1).lower(): match.group(2) for match in found if match}
