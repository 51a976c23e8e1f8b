from pathlib import Path

import pytest

from marimo_rfb.cli import bundle, install
from marimo_rfb.version import VERSION


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a finished bundle in a wheel."""
    folder = tmp_path / "marimo_rfb" / "static"
    folder.mkdir(parents=True)
    (folder / "widget.js").write_text("x" * 30_000)
    (folder / "widget.css").write_text("y" * 5_000)
    monkeypatch.setattr(install, "PACKAGE", folder.parent)
    monkeypatch.setattr(install, "SOURCE_TREE", None)
    return folder


@pytest.fixture
def hook(static: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make it a checkout, and return its build hook, which takes the sources for `new`."""
    tree = static.parent.parent
    monkeypatch.setattr(install, "SOURCE_TREE", tree)
    (tree / "js").mkdir()
    path = tree / "js" / "hatch_build.py"
    path.write_text("def source_hash():\n    return 'new'\n")
    return path


def test_a_wheels_bundle_is_taken_as_it_is(static: Path) -> None:
    finding = bundle.examine()
    assert (finding.level, finding.text) == ("ok", "35 kB")


@pytest.mark.parametrize("name", ["widget.js", "widget.css"])
def test_a_missing_or_empty_file_fails(static: Path, name: str) -> None:
    (static / name).write_text("")
    assert bundle.examine().level == "fail"
    (static / name).unlink()
    finding = bundle.examine()
    assert finding.level == "fail"
    assert name in finding.text
    assert "--force-reinstall" in finding.remedy


def test_a_bundle_that_fits_its_sources_is_fine(static: Path, hook: Path) -> None:
    (static / ".stamp").write_text("new")
    finding = bundle.examine()
    assert finding.level == "ok"
    assert "fits" in finding.text


@pytest.mark.parametrize("stamp", [None, "old"])
def test_a_stale_bundle_warns_and_says_how_to_build(static: Path, hook: Path, stamp: str | None) -> None:
    if stamp is not None:
        (static / ".stamp").write_text(stamp)
    finding = bundle.examine()
    assert finding.level == "warn"
    assert "python js/hatch_build.py" in finding.remedy


def test_without_the_build_tools_nothing_is_compared(static: Path, hook: Path) -> None:
    hook.write_text("import marimo_rfb_has_no_such_module\n")
    finding = bundle.examine()
    assert finding.level == "ok"
    assert "not compared" in finding.text


def test_a_bundle_of_another_version_than_the_one_that_is_installed_warns(static: Path) -> None:
    (static / "widget.js").write_text("/* marimo-rfb 0.0.1 */\nx")
    finding = bundle.examine()
    assert finding.level == "warn"
    assert finding.text == f"of marimo-rfb 0.0.1, where {VERSION} is installed"
    assert "--force-reinstall" in finding.remedy
    (static / "widget.js").write_text(f"/* marimo-rfb {VERSION} */\nx")
    assert bundle.examine().level == "ok"
