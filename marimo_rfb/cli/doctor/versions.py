"""Installed versions, and the minimum versions that this package requires."""

import re
from importlib import metadata
from pathlib import Path

from marimo_rfb.version import DISTRIBUTION

__all__ = ["DISTRIBUTION", "PACKAGE", "SOURCE_TREE", "is_older", "min_version", "version", "version_of"]

PACKAGE = Path(__file__).resolve().parents[2]
# The root of a checkout; a wheel does not have these files.
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


def min_version(distribution: str) -> str | None:
    """Return the minimum version of `distribution` that the metadata of this package requires."""
    return _requirements().get(distribution.lower())


def is_older(version: str, minimum: str) -> bool:
    """Compare the numbers of two releases; a suffix such as `rc1` is ignored."""
    return _release(version) < _release(minimum)


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
