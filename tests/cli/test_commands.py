import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from commandline import command, python, run
from support import eventually

from marimo_rfb.cli.demo import shipped_notebook

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def taken() -> Iterator[int]:
    """Return a port that another program uses."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.fixture
def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as other:
        return int(other.getsockname()[1])


@contextlib.contextmanager
def demo(directory: Path, *options: str, of: str = "marimo") -> Iterator[subprocess.Popen[bytes]]:
    """Run the launcher in its own process group, and kill the group at the end."""
    # Without the settings of the user who runs the tests, and without update checks over the network.
    env = {**os.environ, "XDG_CONFIG_HOME": str(directory / "config"), "MARIMO_SKIP_UPDATE_CHECK": "1"}
    env |= {f"JUPYTER_{name}_DIR": str(directory / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    arguments = command(f"{of}-demo", "--headless", "--dir", str(directory), *options)
    with open(directory / "output", "wb") as output:
        process = subprocess.Popen(
            arguments,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def wait_for_page(port: int, process: subprocess.Popen[bytes], directory: Path, path: str = "health") -> None:
    end_s = time.monotonic() + 45
    while time.monotonic() < end_s:
        assert process.poll() is None, (directory / "output").read_text()
        with contextlib.suppress(OSError), OPENER.open(f"http://127.0.0.1:{port}/{path}", timeout=5) as answer:
            assert answer.status == 200
            return
        time.sleep(0.1)
    raise AssertionError((directory / "output").read_text())


def group_is_gone(group: int) -> bool:
    """Return whether no process of a group runs; zombies do not count, which some containers never reap."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    states = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended while we looked
            state, _parent, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            states += [state] if int(its_group) == group else []
    return bool(states) and set(states) == {"Z"}


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")
@pytest.mark.parametrize("mode", ["--run", "--edit"])
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_is_served_and_one_signal_ends_it(
    mode: str, ending: signal.Signals, free: int, tmp_path: Path
) -> None:
    with demo(tmp_path, mode, "--port", str(free)) as process:
        wait_for_page(free, process, tmp_path)
        assert (tmp_path / "marimo-demo.py").read_text() == shipped_notebook("marimo-demo.py").read_text()
        os.kill(process.pid, ending)
        process.wait(20)
        eventually(lambda: group_is_gone(process.pid))
    assert "Traceback" not in (tmp_path / "output").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")
def test_port_0_is_a_free_port_and_a_changed_notebook_is_kept(tmp_path: Path) -> None:
    changed = shipped_notebook("marimo-demo.py").read_text() + "# mine\n"
    (tmp_path / "marimo-demo.py").write_text(changed)
    with demo(tmp_path, "--port", "0") as process:
        end_s = time.monotonic() + 45
        while not (url := re.search(r"http://localhost:(\d+)", (tmp_path / "output").read_text())):
            assert process.poll() is None
            assert time.monotonic() < end_s
            time.sleep(0.1)
        wait_for_page(int(url.group(1)), process, tmp_path)
    assert "keeping it" in (tmp_path / "output").read_text()
    assert (tmp_path / "marimo-demo.py").read_text() == changed


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")
def test_jupyterlab_opens_the_demo_and_one_signal_ends_it(free: int, tmp_path: Path) -> None:
    with demo(
        tmp_path, "--port", str(free), "--", "--allow-root", "--IdentityProvider.token=", of="jupyter"
    ) as process:
        wait_for_page(free, process, tmp_path, "api/contents/jupyter-demo.ipynb")
        wait_for_page(free, process, tmp_path, "lab/tree/jupyter-demo.ipynb")
        name = "jupyter-demo.ipynb"
        assert (tmp_path / name).read_text("utf-8") == shipped_notebook(name).read_text("utf-8")
        assert f"http://127.0.0.1:{free}/lab/tree/{name}" in (tmp_path / "output").read_text()
        os.kill(process.pid, signal.SIGTERM)
        process.wait(20)
        eventually(lambda: group_is_gone(process.pid))
    assert "Traceback" not in (tmp_path / "output").read_text()


def test_without_jupyterlab_one_line_says_how_to_install_it(tmp_path: Path) -> None:
    # An installation without the metadata of JupyterLab.
    script = (
        "from importlib import metadata\n"
        "version = metadata.version\n"
        "def without_jupyterlab(name):\n"
        "    if name == 'jupyterlab': raise metadata.PackageNotFoundError(name)\n"
        "    return version(name)\n"
        "metadata.version = without_jupyterlab\n"
        "from marimo_rfb.cli import main; main(['jupyter-demo', '--headless'], prog_name='marimo-rfb')"
    )
    done = run(python(script), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "Error: JupyterLab is not installed: pip install 'marimo-rfb[demo]'\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["marimo", "jupyter"])
def test_a_taken_port_is_one_clear_line(kind: str, taken: int, tmp_path: Path) -> None:
    done = run(command(f"{kind}-demo", "--headless", "--port", str(taken)), cwd=tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(rf"Error: cannot serve at 127\.0\.0\.1:{taken}: .*; omit --port .*\n", done.stderr)


def test_an_address_of_another_machine_is_one_clear_line(tmp_path: Path) -> None:
    done = run(command("marimo-demo", "--headless", "--host", "192.0.2.1", "--port", "0"), cwd=tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(r"Error: cannot serve at 192\.0\.2\.1:0: .*\n", done.stderr)


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--port", "http"], ["--dir", "a-file"], ["--nope"]])
def test_a_wrong_argument_says_what_is_wrong(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    done = run(command("marimo-demo", *arguments), cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert re.match(r"Error: .+", done.stderr.splitlines()[-1])


def test_version_and_help_answer(tmp_path: Path) -> None:
    version = run(command("--version"), cwd=tmp_path)
    assert version.stdout.startswith("marimo-rfb ")
    usage = run(command("--help"), cwd=tmp_path)
    assert "marimo-demo" in usage.stdout
    assert "jupyter-demo" in usage.stdout
    assert "doctor" in usage.stdout


def test_doctor_checks_this_installation(tmp_path: Path) -> None:
    done = run(command("doctor"), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^ok +picture +640x480 JPEG, \d", done.stdout, re.MULTILINE)
    assert "\x1b" not in done.stdout  # no colours in a pipe
    assert done.stderr == ""
