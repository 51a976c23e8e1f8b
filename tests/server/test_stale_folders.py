import fcntl
import os
from pathlib import Path

import pytest

from marimo_rfb.server import stale_folders as module
from marimo_rfb.server.stale_folders import lock_folder, remove_stale_folders

SOCKET = "0123456789abcdef.sock"


def make(base: Path, name: str = "ours-1", *, lock: bool = True, others: tuple[str, ...] = (SOCKET,)) -> Path:
    """Make a directory as a server that was killed leaves it."""
    folder = base / name
    folder.mkdir(mode=0o700)
    for each in others:
        (folder / each).touch()
    if lock:
        held = lock_folder(folder)
        assert held is not None
        os.close(held)
    return folder


def test_that_of_a_dead_process_goes(tmp_path: Path) -> None:
    folder = make(tmp_path)
    remove_stale_folders(tmp_path, "ours-")
    assert not folder.exists()


def test_that_of_a_living_one_stays(tmp_path: Path) -> None:
    folder = make(tmp_path, lock=False)
    held = lock_folder(folder)
    assert held is not None
    remove_stale_folders(tmp_path, "ours-")
    assert {path.name for path in folder.iterdir()} == {SOCKET, "lock"}
    os.close(held)
    remove_stale_folders(tmp_path, "ours-")
    assert not folder.exists()


def test_one_that_is_just_being_made_stays(tmp_path: Path) -> None:
    bare = make(tmp_path, lock=False, others=())
    unlocked = make(tmp_path, "ours-2", lock=False, others=("lock.new",))
    remove_stale_folders(tmp_path, "ours-")
    assert bare.exists()
    assert unlocked.exists()


def test_what_somebody_else_put_something_in_stays(tmp_path: Path) -> None:
    folder = make(tmp_path, others=(SOCKET, "thesis.tex"))
    remove_stale_folders(tmp_path, "ours-")
    assert {path.name for path in folder.iterdir()} == {SOCKET, "thesis.tex", "lock"}


def test_one_of_another_name_stays(tmp_path: Path) -> None:
    folder = make(tmp_path, "theirs-1")
    remove_stale_folders(tmp_path, "ours-")
    assert folder.exists()


def test_one_of_somebody_else_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make(tmp_path)
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    remove_stale_folders(tmp_path, "ours-")
    assert folder.exists()


def test_no_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    elsewhere = make(tmp_path, "elsewhere")
    (tmp_path / "base/ours-1").symlink_to(elsewhere)
    linked_lock = make(tmp_path / "base", "ours-2", lock=False)
    (linked_lock / "lock").symlink_to(elsewhere / "lock")
    linked_file = make(tmp_path / "base", "ours-3", others=())
    (linked_file / SOCKET).symlink_to(elsewhere / SOCKET)
    remove_stale_folders(tmp_path / "base", "ours-")
    assert {path.name for path in elsewhere.iterdir()} == {SOCKET, "lock"}
    assert sorted(path.name for path in (tmp_path / "base").iterdir()) == ["ours-1", "ours-2"]


def test_while_another_sweeps_one_is_left_to_it(tmp_path: Path) -> None:
    folder = make(tmp_path)
    with (folder / "lock").open("r+") as sweeping:
        fcntl.flock(sweeping, fcntl.LOCK_EX)
        remove_stale_folders(tmp_path, "ours-")
        assert (folder / SOCKET).exists()


def test_what_cannot_be_removed_keeps_no_other_from_it(tmp_path: Path) -> None:
    first = make(tmp_path, "ours-1", others=())
    (first / SOCKET).mkdir()
    second = make(tmp_path, "ours-2")
    remove_stale_folders(tmp_path, "ours-")
    assert first.exists()
    assert not second.exists()


def test_without_such_locks_nothing_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make(tmp_path)
    monkeypatch.setattr(module, "fcntl", None)
    assert lock_folder(folder) is None
    remove_stale_folders(tmp_path, "ours-")
    assert folder.exists()
