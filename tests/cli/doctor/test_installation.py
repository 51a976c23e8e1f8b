import sys

import pytest
from commandline import Distribute

from marimo_rfb.cli.doctor import installation
from marimo_rfb.cli.doctor.check_result import CheckResult


def result_for(subject: str) -> CheckResult:
    """Run the checks up to the one for `subject`."""
    return next(result for result in installation.check() if result.subject == subject)


def test_a_marimo_that_is_too_old_fails_with_a_remedy(distribute: Distribute) -> None:
    distribute("marimo-rfb", "9.9", "marimo>=0.23.14")
    distribute("marimo", "0.14.2")
    result = result_for("marimo")
    assert result.level == "fail"
    assert "0.14.2 is too old; the minimum is 0.23.14" in result.text
    assert result.remedy == "pip install --upgrade 'marimo>=0.23.14'"


def test_an_optional_package_that_is_too_old_only_warns(distribute: Distribute) -> None:
    distribute("marimo-rfb", "9.9", "av>=14; extra == 'video'")
    distribute("av", "9.0")
    result = result_for("av")
    assert result.level == "warn"
    assert "marimo-rfb[video]" in result.remedy


def test_an_optional_package_that_cannot_be_imported_only_warns(
    distribute: Distribute, monkeypatch: pytest.MonkeyPatch
) -> None:
    distribute("rendercanvas", "3.0")
    monkeypatch.setitem(sys.modules, "rendercanvas", None)
    result = result_for("rendercanvas")
    assert result.level == "warn"
    assert "cannot be imported" in result.text


def test_a_missing_simplejpeg_warns_of_the_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "simplejpeg", None)
    result = result_for("simplejpeg")
    assert result.level == "warn"
    assert "Pillow encodes JPEG instead" in result.text
    assert "simplejpeg" in result.remedy
