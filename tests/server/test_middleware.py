import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest

from marimo_rfb.hub import hub_discovery
from marimo_rfb.server.middleware import SameOrigin, _remove, middleware
from marimo_rfb.version import VERSION


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(SameOrigin, "_folder", None)
    monkeypatch.setattr(SameOrigin, "_users", 0)
    monkeypatch.setattr(SameOrigin, "_warned", False)
    monkeypatch.setenv(hub_discovery.VARIABLE, "")
    yield
    if SameOrigin._folder is not None:
        _remove(SameOrigin._folder, os.getpid())


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's: that of `tmp_path` may be too long, and another be taken."""
    with tempfile.TemporaryDirectory(prefix="rfb-") as folder:
        yield Path(folder)


class Inner:
    """The app behind the middleware: notes what comes to it."""

    def __init__(self) -> None:
        self.scopes: list[MutableMapping[str, Any]] = []

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        self.scopes.append(scope)


class State:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url


class Marimo:
    def __init__(self, base_url: str) -> None:
        self.state = State(base_url)


def ask(
    app: SameOrigin, path: str, *, raw: str | None = None, root: str = "", base: str = "", kind: str = "http"
) -> Any:
    """Ask for a path and return the messages that were sent."""
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "websocket.disconnect"}

    scope = {"type": kind, "path": path, "root_path": root, "headers": [], "app": Marimo(base)}
    if raw is not None:
        scope["raw_path"] = raw.encode()
    asyncio.run(app(scope, receive, send))
    return sent


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=50, env={**os.environ, **environment}
    )


class TestWhileMarimoStarts:
    def test_nothing_but_the_standard_library_and_a_few_small_modules_are_loaded(self, tmp_path: Path) -> None:
        code = """
import sys
before = set(sys.modules)
from marimo_rfb.server.middleware import middleware
app, args, kwargs = middleware
app(None)
names = {name for name in set(sys.modules) - before}
print(sorted(name for name in names if name.partition(".")[0] not in sys.stdlib_module_names))
"""
        ended = run(code, TMPDIR=str(tmp_path))
        assert ended.stderr == ""
        assert ended.stdout.strip() == str(
            [
                "marimo_rfb",
                "marimo_rfb.errors",
                "marimo_rfb.hub",
                "marimo_rfb.hub.hub_discovery",
                "marimo_rfb.server",
                "marimo_rfb.server.middleware",
                "marimo_rfb.server.own_origins",
                "marimo_rfb.server.stale_folders",
                "marimo_rfb.stream",
                "marimo_rfb.stream.display",
                "marimo_rfb.version",
            ]
        )

    def test_marimos_registry_finds_it(self) -> None:
        from marimo._server.registry import MIDDLEWARE_REGISTRY

        assert MIDDLEWARE_REGISTRY.get("marimo-rfb") is middleware
        assert middleware in MIDDLEWARE_REGISTRY.get_all()
        assert (middleware.cls, middleware.args, middleware.kwargs) == (SameOrigin, (), {})

    def test_without_a_place_for_its_directory_all_is_passed_on_and_one_warning_is_given(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(hub_discovery.tempfile, "tempdir", str(tmp_path / "gone"))
        monkeypatch.setattr(hub_discovery.os.path, "isdir", lambda path: False)
        inner = Inner()
        with caplog.at_level(logging.WARNING):
            apps = [SameOrigin(inner), SameOrigin(inner)]
        for app in apps:
            for kind in ("http", "websocket", "lifespan"):
                assert ask(app, "/rfb/health", kind=kind) == []
        assert len(inner.scopes) == 6
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert "streams cannot be proxied through this server" in caplog.text
        assert os.environ[hub_discovery.VARIABLE] == ""


class TestItsDirectory:
    def test_kernels_are_told_and_it_is_for_its_owner_alone(self) -> None:
        SameOrigin(Inner())
        assert hub_discovery.discovery_folder() == SameOrigin._folder is not None

    def test_a_second_app_of_the_process_shares_it(self) -> None:
        SameOrigin(Inner())
        first = SameOrigin._folder
        SameOrigin(Inner())
        assert SameOrigin._folder == first

    def test_it_is_gone_with_the_process(self, tmp_path: Path) -> None:
        code = "from marimo_rfb.server.middleware import SameOrigin; SameOrigin(None); print(SameOrigin._folder)"
        ended = run(code, TMPDIR=str(tmp_path))
        assert "marimo-rfb-" in ended.stdout
        assert not Path(ended.stdout.strip()).exists()

    @pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
    def test_it_is_gone_when_the_server_is_told_to_end(self, short_path: Path, told: signal.Signals) -> None:
        code = """
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from marimo_rfb.server.middleware import SameOrigin
uvicorn.run(Starlette(middleware=[Middleware(SameOrigin)]), port=0)
"""
        server = subprocess.Popen(
            [sys.executable, "-c", code],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(short_path)},
        )
        assert server.stderr is not None
        while "running on" not in server.stderr.readline():
            assert server.poll() is None
        (folder,) = short_path.iterdir()
        (folder / "0123456789abcdef.sock").touch()
        server.send_signal(told)
        server.communicate(timeout=20)
        assert not folder.exists()

    def test_that_of_a_server_that_was_killed_goes_when_the_next_starts(self, short_path: Path) -> None:
        code = """
import os, signal, sys
from marimo_rfb.server.middleware import SameOrigin
from marimo_rfb.hub.hub_discovery import make_endpoint
SameOrigin(None)
make_endpoint()
if sys.argv[1:]:
    os.kill(os.getpid(), signal.SIGKILL)
print(os.listdir(os.path.dirname(SameOrigin._folder)) == [os.path.basename(SameOrigin._folder)])
"""
        killed = subprocess.run(
            [sys.executable, "-c", code, "killed"], timeout=50, env={**os.environ, "TMPDIR": str(short_path)}
        )
        assert killed.returncode == -signal.SIGKILL
        (left,) = short_path.iterdir()
        assert left.name.startswith(hub_discovery.PREFIX)
        assert run(code, TMPDIR=str(short_path)).stdout.strip() == "True"

    def test_a_forked_child_that_ends_leaves_it(self, tmp_path: Path) -> None:
        code = """
import os, sys
from marimo_rfb.server.middleware import SameOrigin
SameOrigin(None)
if (child := os.fork()) == 0:
    sys.exit()
os.waitpid(child, 0)
print(SameOrigin._folder.exists())
"""
        assert run(code, TMPDIR=str(tmp_path)).stdout.strip() == "True"

    def test_it_is_gone_when_the_last_app_has_ended_and_made_anew_when_one_starts_again(self) -> None:
        one, other = SameOrigin(Inner()), SameOrigin(Inner())
        folder = SameOrigin._folder
        assert folder is not None
        ask(one, "", kind="lifespan")
        assert folder.exists()
        ask(other, "", kind="lifespan")
        assert not folder.exists()

        async def look(scope: Any, receive: Any, send: Any) -> None:
            assert SameOrigin._folder is not None
            assert SameOrigin._folder.exists()

        other._app = look
        ask(other, "", kind="lifespan")
        assert SameOrigin._folder is None


class TestWhatIsOurs:
    @pytest.mark.parametrize(
        ("path", "raw", "root", "base"),
        [
            ("/rfb/health", None, "", ""),
            ("/rfb/health", "/rfb/health", "", "/"),
            ("/rfb/health", "/rfb/health?a=/rfb/b", "", ""),
            ("/sub/app/rfb/health", "/sub/app/rfb/health", "", "/sub/app"),
            ("/sub/app/rfb/health", "/sub%2Fapp/rfb/health", "", "/sub/app"),
            # Mounted: `root_path` holds the base already.
            ("/site/dash/rfb/health", "/site/dash/rfb/health", "/site/dash", "/dash"),
            ("/site/dash/rfb/health", "/site/dash/rfb/health", "/site", "/dash"),
            ("/site/rfb/health", "/site/rfb/health", "/site/", ""),
            ("/my site/rfb/health", "/my%20site/rfb/health", "/my site", ""),
            ("/rfb/rfb/health", "/rfb/rfb/health", "", "/rfb"),
        ],
    )
    def test_is_found_below_whatever_base(self, path: str, raw: str | None, root: str, base: str) -> None:
        inner = Inner()
        start, body = ask(SameOrigin(inner), path, raw=raw, root=root, base=base)
        assert (start["status"], body["body"]) == (
            200,
            json.dumps({"status": "ok", "version": VERSION}).encode(),
        )
        assert inner.scopes == []

    @pytest.mark.parametrize(
        ("path", "root", "base"),
        [
            ("/", "", ""),
            ("/rfb", "", ""),
            ("/rfbx/health", "", ""),
            ("/x/rfb/health", "", ""),
            ("/rfb/health", "", "/sub"),
            ("/subrfb/health", "", "/sub"),
            ("/sub/../rfb/health", "", ""),
            ("//rfb/health", "", ""),
            ("/api/rfb/health", "/site", "/dash"),
        ],
    )
    def test_all_else_is_marimos(self, path: str, root: str, base: str) -> None:
        for kind in ("http", "websocket"):
            inner = Inner()
            assert ask(SameOrigin(inner), path, root=root, base=base, kind=kind) == []
            assert len(inner.scopes) == 1

    def test_what_is_not_there_is_answered_here(self) -> None:
        for path in ("/rfb/", "/rfb/metrics", "/rfb/0123456789abcdef/scene", "/rfb/..", "/rfb/%2e%2e"):
            start, _ = ask(SameOrigin(Inner()), path, raw=path)
            assert start["status"] == 404
