import subprocess
import sys
from importlib import metadata

import pytest

from marimo_rfb.version import VERSION, bundle_version, middleware_skew


def test_it_is_that_of_the_installation() -> None:
    assert metadata.version("marimo-rfb") == VERSION


def test_a_source_tree_that_is_not_installed_has_none() -> None:
    code = (
        "from importlib import metadata\n"
        "def missing(name): raise metadata.PackageNotFoundError(name)\n"
        "metadata.version = missing\n"
        "import marimo_rfb.version as version\n"
        "print(repr(version.VERSION))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "''\n"


@pytest.mark.parametrize(
    ("script", "version"),
    [
        ("/* marimo-rfb 1.2.3 */\nvar x", "1.2.3"),
        ("/* marimo-rfb 1.2.3.dev4+g5 */", "1.2.3.dev4+g5"),
        ("var x /* marimo-rfb 1.2.3 */", ""),
        ("", ""),
    ],
)
def test_a_script_says_its_version_first(script: str, version: str) -> None:
    assert bundle_version(script) == version


@pytest.mark.parametrize(("middleware", "kernel"), [("1.0", "1.0"), ("", "1.0"), ("1.0", ""), (None, "")])
def test_the_same_version_and_one_that_is_not_known_are_passed_over(middleware: str | None, kernel: str) -> None:
    assert middleware_skew(middleware, kernel) == ""


def test_versions_that_differ_are_named_in_what_a_close_can_hold() -> None:
    assert middleware_skew("1.0", "1.1") == "the kernel has marimo-rfb 1.1, and marimo's server has 1.0"
    assert middleware_skew(None, "1.1").endswith("marimo's server has an older one")
    assert len(middleware_skew("\xe9" * 1000, "9" * 1000).encode()) <= 120
