import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from commandline import python, run

from marimo_rfb.cli.demo import copy_notebook, shipped_notebook
from marimo_rfb.cli.doctor import versions

NAME = "marimo-demo.py"
COPY = "import sys; from pathlib import Path; from marimo_rfb.cli.demo import copy_notebook; "
COPY_HERE = COPY + f"copy_notebook({NAME!r}, Path())"


@pytest.fixture
def shipped() -> str:
    return shipped_notebook(NAME).read_text(encoding="utf-8")


def copy_at_terminal(typed: str, *, cwd: Path) -> str:
    """Copy at a terminal where a user types `typed`, and return what the terminal shows."""
    import pty

    master, slave = pty.openpty()
    with subprocess.Popen(python(COPY_HERE), cwd=cwd, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        os.write(master, typed.encode())
        shown = b""
        try:
            while piece := os.read(master, 4096):
                shown += piece
        except OSError:  # Linux raises it when the other end is closed
            pass
        os.close(master)
        assert process.wait(30) == 0, shown
    return shown.decode()


def test_a_new_directory_is_made_for_the_copy(tmp_path: Path, shipped: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = copy_notebook(NAME, tmp_path / "deep" / "er")
    assert target.read_text(encoding="utf-8") == shipped
    assert str(target) in capsys.readouterr().out


def test_an_unchanged_copy_is_left_alone(tmp_path: Path) -> None:
    target = copy_notebook(NAME, tmp_path)
    os.utime(target, (1, 1))
    assert copy_notebook(NAME, tmp_path) == target
    assert target.stat().st_mtime == 1


def test_a_changed_copy_is_kept_without_a_terminal(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("mine\n")
    done = run(python(COPY_HERE), cwd=tmp_path)
    assert done.returncode == 0
    assert "keeping it" in done.stdout
    assert (tmp_path / NAME).read_text() == "mine\n"


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
class TestAtATerminal:
    @pytest.mark.parametrize("typed", ["\n", "keep\n", "what?\nkeep\n"])
    def test_a_changed_copy_is_kept_by_default(self, typed: str, tmp_path: Path) -> None:
        (tmp_path / NAME).write_text("mine\n")
        assert "differs" in copy_at_terminal(typed, cwd=tmp_path)
        assert (tmp_path / NAME).read_text() == "mine\n"

    def test_a_changed_copy_is_replaced_on_request(self, tmp_path: Path, shipped: str) -> None:
        (tmp_path / NAME).write_text("mine\n")
        assert "Replaced" in copy_at_terminal("overwrite\n", cwd=tmp_path)
        assert (tmp_path / NAME).read_text(encoding="utf-8") == shipped


def test_a_copy_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(click.ClickException, match="cannot copy the notebook to"):
        copy_notebook(NAME, tmp_path)


def test_a_wheel_has_the_notebooks_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / NAME).write_text("from the wheel\n")
    monkeypatch.setattr(versions, "PACKAGE", tmp_path)
    assert shipped_notebook(NAME).read_text() == "from the wheel\n"


def test_an_installation_without_notebooks_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "PACKAGE", tmp_path)
    monkeypatch.setattr(versions, "SOURCE_TREE", None)
    with pytest.raises(click.ClickException, match="this installation lacks"):
        shipped_notebook(NAME)
