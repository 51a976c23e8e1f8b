import tomllib

import pytest
from commandline import Distribute

from marimo_rfb.cli.doctor import versions


@pytest.mark.parametrize(
    ("version", "minimum", "older"),
    [
        ("0.23.13", "0.23.14", True),
        ("0.23.14", "0.23.14", False),
        ("0.9.9", "0.23.14", True),
        ("1.0", "1.0.0", False),
        ("1.0.0", "1", False),
        ("2.0rc1", "1.9", False),
        ("nonsense", "0.1", True),
    ],
)
def test_releases_are_compared_by_number(version: str, minimum: str, older: bool) -> None:
    assert versions.is_older(version, minimum) is older


def test_min_versions_are_read_from_the_metadata(distribute: Distribute) -> None:
    distribute("marimo-rfb", "9.9", "marimo>=0.23.14", "av[all] >= 14 ; extra == 'video'", "click")
    assert versions.version() == "9.9"
    assert versions.min_version("marimo") == "0.23.14"
    assert versions.min_version("av") == "14"
    assert versions.min_version("click") is None


def test_every_requirement_of_this_package_names_a_min_version(distribute: Distribute) -> None:
    if versions.SOURCE_TREE is None:
        pytest.skip("not a source tree")
    project = tomllib.loads((versions.SOURCE_TREE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    distribute("marimo-rfb", "9.9", *project["dependencies"])
    for requirement in project["dependencies"]:
        name, _, minimum = requirement.partition(">=")
        assert versions.min_version(name) == minimum


def test_what_is_not_installed_has_no_version() -> None:
    assert versions.version_of("marimo-rfb-has-no-such-package") is None
