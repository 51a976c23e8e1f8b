import pytest
from commandline import Distribute

from marimo_rfb.cli import doctor
from marimo_rfb.cli.finding import Finding


def found(subject: str) -> Finding:
    """Return one finding of the real examination, without those that come after it."""
    return next(finding for finding in doctor.examine() if finding.subject == subject)


def test_a_marimo_that_is_too_old_fails_and_names_the_remedy(distribute: Distribute) -> None:
    distribute("marimo-rfb", "9.9", "marimo>=0.23.14")
    distribute("marimo", "0.14.2")
    finding = found("marimo")
    assert finding.level == "fail"
    assert "0.14.2 is too old, 0.23.14" in finding.text
    assert finding.remedy == "pip install --upgrade 'marimo>=0.23.14'"


def test_an_optional_package_that_is_too_old_only_warns(distribute: Distribute) -> None:
    distribute("marimo-rfb", "9.9", "av>=14; extra == 'video'")
    distribute("av", "9.0")
    finding = next(f for f in doctor.examine() if f.subject == "av")
    assert finding.level == "warn"
    assert "marimo-rfb[video]" in finding.remedy


def test_an_optional_package_that_cannot_be_imported_only_warns(
    distribute: Distribute, monkeypatch: pytest.MonkeyPatch
) -> None:
    distribute("rendercanvas", "3.0")
    monkeypatch.setitem(__import__("sys").modules, "rendercanvas", None)
    finding = found("rendercanvas")
    assert finding.level == "warn"
    assert "cannot be imported" in finding.text


def test_without_simplejpeg_the_price_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "simplejpeg", None)
    finding = found("simplejpeg")
    assert finding.level == "warn"
    assert "Pillow encodes instead" in finding.text
    assert "simplejpeg" in finding.remedy


@pytest.mark.parametrize(
    ("levels", "good", "closing"),
    [
        (["ok", "-", "ok"], True, "Everything works."),
        (["ok", "warn"], True, "It works, with 1 warning."),
        (["warn", "warn", "-"], True, "It works, with 2 warnings."),
        (["ok", "fail", "warn"], False, "1 thing to repair."),
        (["fail", "fail"], False, "2 things to repair."),
    ],
)
def test_the_closing_line_is_the_worst_that_was_found(
    levels: list[str], good: bool, closing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    findings = [Finding(level, "thing", "a sentence", "a remedy") for level in levels]  # type: ignore[arg-type]
    assert doctor.report(findings) is good
    shown = capsys.readouterr().out
    assert shown.splitlines()[-1] == closing
    assert shown.count("a remedy") == len(levels)
