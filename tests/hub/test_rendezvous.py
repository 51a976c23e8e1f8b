import json
import os
import socket
import stat
from pathlib import Path

import pytest

from marimo_rfb.hub import rendezvous
from marimo_rfb.hub.rendezvous import Door, Knock, directory, knock, make_directory, new_door


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "private").mkdir(mode=0o700)
    return tmp_path / "private"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestTheServersDirectory:
    def test_only_its_owner_can_enter_it_whatever_the_umask(self) -> None:
        before = os.umask(0)
        try:
            made = make_directory()
        finally:
            os.umask(before)
        assert mode_of(made) == 0o700
        made.rmdir()

    def test_a_long_place_for_temporary_files_is_passed_over(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        long = tmp_path / ("long" * 25)
        long.mkdir()
        monkeypatch.setattr(rendezvous.tempfile, "tempdir", str(long))
        made = make_directory()
        assert not made.is_relative_to(long)
        with Door(made, is_unix=True).socket:
            pass
        for file in made.iterdir():
            file.unlink()
        made.rmdir()


class TestWhatTheEnvironmentNames:
    def test_is_used_when_it_is_ours_alone(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(rendezvous.VARIABLE, str(folder))
        assert directory() == folder

    @pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o770])
    def test_is_left_alone_when_others_can_enter(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, mode: int
    ) -> None:
        monkeypatch.setenv(rendezvous.VARIABLE, str(folder))
        folder.chmod(mode)
        assert directory() is None
        assert new_door() is None

    def test_is_left_alone_when_it_is_somebody_elses(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(rendezvous.VARIABLE, str(folder))
        monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
        assert directory() is None

    def test_is_left_alone_when_it_is_no_directory(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        link, file = folder / "link", folder / "file"
        link.symlink_to(folder)
        file.touch(mode=0o700)
        for name in (str(link), str(file), str(folder / "gone"), ""):
            monkeypatch.setenv(rendezvous.VARIABLE, name)
            assert directory() is None


class TestADoor:
    @pytest.mark.parametrize("is_unix", [True, False])
    def test_is_found_by_its_id_until_it_is_removed(self, folder: Path, is_unix: bool) -> None:
        door = Door(folder, is_unix=is_unix)
        with door.socket:
            assert knock(folder, door.hub_id) is not None
            door.remove()
            door.remove()
            assert knock(folder, door.hub_id) is None

    @pytest.mark.parametrize("is_unix", [True, False])
    def test_its_file_is_for_its_owner_alone(self, folder: Path, is_unix: bool) -> None:
        before = os.umask(0)
        try:
            door = Door(folder, is_unix=is_unix)
        finally:
            os.umask(before)
        with door.socket:
            assert [mode_of(file) for file in folder.iterdir()] == [0o600]

    def test_without_unix_sockets_whoever_knocks_must_know_the_secret(self, folder: Path) -> None:
        door = Door(folder, is_unix=False)
        with door.socket:
            found = knock(folder, door.hub_id)
            assert found == Knock(port=door.socket.getsockname()[1], secret=door.secret)
            assert len(door.secret) == 64
            assert door.admits(found.secret)
            assert not any(map(door.admits, ("", "0" * 64, door.secret[:-1], "\udcff", "ü")))

    def test_two_have_different_ids_and_secrets(self, folder: Path) -> None:
        one, other = Door(folder, is_unix=False), Door(folder, is_unix=False)
        with one.socket, other.socket:
            assert one.hub_id != other.hub_id
            assert one.secret != other.secret

    @pytest.mark.parametrize("is_unix", [True, False])
    def test_that_cannot_be_made_leaves_no_socket(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, is_unix: bool
    ) -> None:
        before = set(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else set()
        with pytest.raises(OSError):  # noqa: PT011, which of them is the system's affair
            Door(folder / "gone", is_unix=is_unix)
        assert (set(os.listdir("/proc/self/fd")) if before else set()) == before


class TestKnocking:
    @pytest.mark.parametrize(
        "hub_id",
        ["", ".", "..", "0" * 15, "0" * 17, "A" * 16, "../" + "0" * 13, "0" * 16 + "\n", "0" * 15 + "\0", "٠" * 16],
    )
    def test_what_is_no_id_is_never_looked_for(self, folder: Path, hub_id: str) -> None:
        (folder.parent / "0000000000000.sock").touch()
        assert knock(folder, hub_id) is None

    @pytest.mark.parametrize(
        "text", ["", "[]", "1", "null", "{}", '{"port": 1}', '{"port": "x", "secret": "y"}', "\xff"]
    )
    def test_a_file_that_makes_no_sense_is_no_hub(self, folder: Path, text: str) -> None:
        (folder / f"{'0' * 16}.json").write_text(text, encoding="latin-1")
        assert knock(folder, "0" * 16) is None

    def test_in_a_directory_that_others_can_write_to_nobody_is_found(self, folder: Path) -> None:
        with Door(folder, is_unix=True).socket as listening:
            hub_id = Path(listening.getsockname()).stem
            assert knock(folder, hub_id) is not None
            folder.chmod(0o777)
            assert knock(folder, hub_id) is None


def test_a_hub_id_is_as_the_server_expects_it(folder: Path) -> None:
    door = Door(folder, is_unix=True)
    with door.socket:
        assert rendezvous.HUB_ID.fullmatch(door.hub_id)
        assert door.socket.family == socket.AF_UNIX
        assert json.dumps(door.hub_id).isascii()
