from pathlib import Path

import pytest

from marimo_rfb.cli.doctor import bundle, versions
from marimo_rfb.version import VERSION


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a built bundle in a wheel."""
    folder = tmp_path / "marimo_rfb" / "static"
    folder.mkdir(parents=True)
    (folder / "widget.js").write_text("x" * 30_000)
    (folder / "widget.css").write_text("y" * 5_000)
    monkeypatch.setattr(versions, "PACKAGE", folder.parent)
    monkeypatch.setattr(versions, "SOURCE_TREE", None)
    return folder


@pytest.fixture
def hook(static: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make it a checkout, and return its build hook, whose source hash is `new`."""
    tree = static.parent.parent
    monkeypatch.setattr(versions, "SOURCE_TREE", tree)
    (tree / "js").mkdir()
    path = tree / "js" / "hatch_build.py"
    path.write_text("def source_hash():\n    return 'new'\n")
    return path


def test_a_wheels_bundle_is_not_compared(static: Path) -> None:
    result = bundle.check()
    assert (result.level, result.text) == ("ok", "35 kB")


@pytest.mark.parametrize("name", ["widget.js", "widget.css"])
def test_a_missing_or_empty_file_fails(static: Path, name: str) -> None:
    (static / name).write_text("")
    assert bundle.check().level == "fail"
    (static / name).unlink()
    result = bundle.check()
    assert result.level == "fail"
    assert name in result.text
    assert "--force-reinstall" in result.remedy


def test_a_bundle_that_matches_its_sources_is_ok(static: Path, hook: Path) -> None:
    (static / ".stamp").write_text("new")
    result = bundle.check()
    assert result.level == "ok"
    assert "up to date" in result.text


@pytest.mark.parametrize("stamp", [None, "old"])
def test_a_stale_bundle_warns_and_says_how_to_build(static: Path, hook: Path, stamp: str | None) -> None:
    if stamp is not None:
        (static / ".stamp").write_text(stamp)
    result = bundle.check()
    assert result.level == "warn"
    assert "python js/hatch_build.py" in result.remedy


def test_without_the_build_tools_nothing_is_compared(static: Path, hook: Path) -> None:
    hook.write_text("import marimo_rfb_has_no_such_module\n")
    result = bundle.check()
    assert result.level == "ok"
    assert "not compared" in result.text


def test_a_bundle_of_another_version_warns(static: Path) -> None:
    (static / "widget.js").write_text("/* marimo-rfb 0.0.1 */\nx")
    result = bundle.check()
    assert result.level == "warn"
    assert result.text == f"the bundle is of marimo-rfb 0.0.1, but {VERSION} is installed"
    assert "--force-reinstall" in result.remedy
    (static / "widget.js").write_text(f"/* marimo-rfb {VERSION} */\nx")
    assert bundle.check().level == "ok"
