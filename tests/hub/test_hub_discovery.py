import json
import os
import socket
import stat
from pathlib import Path

import pytest

from marimo_rfb.hub import hub_discovery
from marimo_rfb.hub.hub_discovery import (
    HubAddress,
    HubEndpoint,
    discovery_folder,
    find_hub,
    make_discovery_folder,
    make_endpoint,
)


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
            made = make_discovery_folder()
        finally:
            os.umask(before)
        assert mode_of(made) == 0o700
        made.rmdir()

    def test_a_long_place_for_temporary_files_is_passed_over(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        long = tmp_path / ("long" * 25)
        long.mkdir()
        monkeypatch.setattr(hub_discovery.tempfile, "tempdir", str(long))
        made = make_discovery_folder()
        assert not made.is_relative_to(long)
        with HubEndpoint(made, is_unix=True).socket:
            pass
        for file in made.iterdir():
            file.unlink()
        made.rmdir()


class TestWhatTheEnvironmentNames:
    def test_is_used_when_it_is_ours_alone(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(hub_discovery.VARIABLE, str(folder))
        assert discovery_folder() == folder

    @pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o770])
    def test_is_left_alone_when_others_can_enter(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, mode: int
    ) -> None:
        monkeypatch.setenv(hub_discovery.VARIABLE, str(folder))
        folder.chmod(mode)
        assert discovery_folder() is None
        assert make_endpoint() is None

    def test_is_left_alone_when_it_is_somebody_elses(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(hub_discovery.VARIABLE, str(folder))
        monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
        assert discovery_folder() is None

    def test_is_left_alone_when_it_is_no_directory(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        link, file = folder / "link", folder / "file"
        link.symlink_to(folder)
        file.touch(mode=0o700)
        for name in (str(link), str(file), str(folder / "gone"), ""):
            monkeypatch.setenv(hub_discovery.VARIABLE, name)
            assert discovery_folder() is None


class TestADoor:
    @pytest.mark.parametrize("is_unix", [True, False])
    def test_is_found_by_its_id_until_it_is_removed(self, folder: Path, is_unix: bool) -> None:
        endpoint = HubEndpoint(folder, is_unix=is_unix)
        with endpoint.socket:
            assert find_hub(folder, endpoint.hub_id) is not None
            endpoint.remove()
            endpoint.remove()
            assert find_hub(folder, endpoint.hub_id) is None

    @pytest.mark.parametrize("is_unix", [True, False])
    def test_its_file_is_for_its_owner_alone(self, folder: Path, is_unix: bool) -> None:
        before = os.umask(0)
        try:
            endpoint = HubEndpoint(folder, is_unix=is_unix)
        finally:
            os.umask(before)
        with endpoint.socket:
            assert [mode_of(file) for file in folder.iterdir()] == [0o600]

    def test_without_unix_sockets_whoever_knocks_must_know_the_secret(self, folder: Path) -> None:
        endpoint = HubEndpoint(folder, is_unix=False)
        with endpoint.socket:
            found = find_hub(folder, endpoint.hub_id)
            assert found == HubAddress(port=endpoint.socket.getsockname()[1], secret=endpoint.secret)
            assert len(endpoint.secret) == 64
            assert endpoint.admits(found.secret)
            assert not any(map(endpoint.admits, ("", "0" * 64, endpoint.secret[:-1], "\udcff", "ü")))

    def test_two_have_different_ids_and_secrets(self, folder: Path) -> None:
        one, other = HubEndpoint(folder, is_unix=False), HubEndpoint(folder, is_unix=False)
        with one.socket, other.socket:
            assert one.hub_id != other.hub_id
            assert one.secret != other.secret

    @pytest.mark.parametrize("is_unix", [True, False])
    def test_that_cannot_be_made_leaves_no_socket(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, is_unix: bool
    ) -> None:
        before = set(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else set()
        with pytest.raises(OSError):  # noqa: PT011, which of them is the system's affair
            HubEndpoint(folder / "gone", is_unix=is_unix)
        assert (set(os.listdir("/proc/self/fd")) if before else set()) == before


class TestKnocking:
    @pytest.mark.parametrize(
        "hub_id",
        ["", ".", "..", "0" * 15, "0" * 17, "A" * 16, "../" + "0" * 13, "0" * 16 + "\n", "0" * 15 + "\0", "٠" * 16],
    )
    def test_what_is_no_id_is_never_looked_for(self, folder: Path, hub_id: str) -> None:
        (folder.parent / "0000000000000.sock").touch()
        assert find_hub(folder, hub_id) is None

    @pytest.mark.parametrize(
        "text", ["", "[]", "1", "null", "{}", '{"port": 1}', '{"port": "x", "secret": "y"}', "\xff"]
    )
    def test_a_file_that_makes_no_sense_is_no_hub(self, folder: Path, text: str) -> None:
        (folder / f"{'0' * 16}.json").write_text(text, encoding="latin-1")
        assert find_hub(folder, "0" * 16) is None

    def test_in_a_directory_that_others_can_write_to_nobody_is_found(self, folder: Path) -> None:
        with HubEndpoint(folder, is_unix=True).socket as listening:
            hub_id = Path(listening.getsockname()).stem
            assert find_hub(folder, hub_id) is not None
            folder.chmod(0o777)
            assert find_hub(folder, hub_id) is None


def test_a_hub_id_is_as_the_server_expects_it(folder: Path) -> None:
    endpoint = HubEndpoint(folder, is_unix=True)
    with endpoint.socket:
        assert hub_discovery.HUB_ID.fullmatch(endpoint.hub_id)
        assert endpoint.socket.family == socket.AF_UNIX
        assert json.dumps(endpoint.hub_id).isascii()
