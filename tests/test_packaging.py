"""What is in the wheel and the sdist, and that nothing in the repository names a package registry."""

import configparser
import email
import email.message
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXTRAS = {"all", "anywidget", "asgi", "demo", "jupyter", "rendercanvas", "video"}


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist from the checkout and the wheel from that sdist, as a release does."""
    directory = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(directory), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return directory


@pytest.fixture(scope="module")
def wheel(distributions: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(next(distributions.glob("*.whl")))


@pytest.fixture
def source_tree(distributions: Path, tmp_path: Path) -> Path:
    """Unpack the sdist, with the checkout's npm packages, so that building it asks no registry."""
    if not (ROOT / "js/node_modules/.stamp").exists():
        pytest.skip("the npm packages are not installed: make bundle")
    subprocess.run(["tar", "-xzf", next(distributions.glob("*.tar.gz")), "-C", tmp_path], check=True)
    (tree,) = tmp_path.iterdir()
    (tree / "js/node_modules").symlink_to(ROOT / "js/node_modules")
    return tree


def bundle(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run the build hook's script with no Node on the PATH, nor anything else."""
    command = [sys.executable, "js/hatch_build.py"]
    env = {**os.environ, "PATH": ""}
    return subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, check=False)


def metadata(wheel: zipfile.ZipFile) -> email.message.Message:
    (name,) = (n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(wheel.read(name))


def test_the_wheel_holds_the_bundle_and_the_notebooks(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    notebooks = [p.name for p in (ROOT / "notebooks").iterdir() if p.suffix in {".py", ".ipynb"}]
    assert {"anywidget.ipynb", "jupyter-demo.ipynb", "marimo-demo.py"} <= set(notebooks)
    assert {f"marimo_rfb/notebooks/{name}" for name in notebooks} <= names
    for name in ("widget.js", "widget.css"):
        assert wheel.read(f"marimo_rfb/static/{name}") == (ROOT / "marimo_rfb/static" / name).read_bytes()
    assert "marimo_rfb/py.typed" in names


def test_the_wheel_holds_nothing_but_the_package(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"marimo_rfb"}
    assert [name for name in names if ".stamp" in name or "node_modules" in name or name.endswith(".ts")] == []


def test_the_bundle_is_one_module_that_imports_nothing(wheel: zipfile.ZipFile) -> None:
    script = wheel.read("marimo_rfb/static/widget.js").decode()
    # `import.meta` is no import. The worker is in the text too.
    assert re.findall(r"""\bimport\s*(?:\(|["']|[\w$*{][^"';]*?\bfrom\s*["']).{0,60}""", script) == []
    assert re.findall(r"\bimportScripts\b.{0,60}", script) == []
    style = wheel.read("marimo_rfb/static/widget.css").decode()
    assert re.findall(r"@import.{0,60}|url\(\s*[\"']?(?!data:|#).{0,60}", style) == []


def test_the_metadata_names_the_extras(wheel: zipfile.ZipFile) -> None:
    assert set(metadata(wheel).get_all("Provides-Extra", [])) == EXTRAS


def test_the_empty_extras_ask_for_nothing(wheel: zipfile.ZipFile) -> None:
    requirements = metadata(wheel).get_all("Requires-Dist", [])
    assert [r for r in requirements if re.search(r"extra == ['\"](anywidget|asgi)['\"]", r)] == []


def test_both_commands_start_the_same_program(wheel: zipfile.ZipFile) -> None:
    (name,) = (n for n in wheel.namelist() if n.endswith(".dist-info/entry_points.txt"))
    parser = configparser.ConfigParser()
    parser.read_string(wheel.read(name).decode())
    assert dict(parser["console_scripts"]) == {
        "marimo-rfb": "marimo_rfb.cli:main",
        "pdum-rfb": "marimo_rfb.cli:main",
    }


def test_an_absent_bundle_is_built_and_a_fitting_one_is_left_alone(source_tree: Path) -> None:
    script = source_tree / "marimo_rfb/static/widget.js"
    shutil.rmtree(script.parent)
    done = bundle(source_tree)
    assert done.returncode == 0, done.stderr
    assert script.read_bytes() == (ROOT / "marimo_rfb/static/widget.js").read_bytes()
    written_ns = script.stat().st_mtime_ns
    assert bundle(source_tree).returncode == 0
    assert script.stat().st_mtime_ns == written_ns


def test_a_changed_source_is_bundled_and_a_broken_one_leaves_the_old_bundle(source_tree: Path) -> None:
    script = source_tree / "marimo_rfb/static/widget.js"
    source = source_tree / "js/src/widget.ts"
    text = source.read_text()
    source.write_text(text + "\nconst { = broken;\n")
    before = script.read_bytes()
    done = bundle(source_tree)
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1] == "bundling the widget failed, see above (status 1)"
    assert script.read_bytes() == before
    source.write_text(text + "\nglobalThis.changed = 4711;\n")
    assert bundle(source_tree).returncode == 0
    assert b"4711" in script.read_bytes()


def test_the_lock_files_name_no_registry() -> None:
    assert "://" not in (ROOT / "constraints.txt").read_text()
    packages = json.loads((ROOT / "js/package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_no_tracked_file_names_a_registry() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    # Put together here, so that this file passes too.
    hosts = [name + ".org" for name in ("pypi", "pythonhosted", "npmjs")]
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    found = [
        (name, host)
        for name in listed
        if name and (ROOT / name).is_file()
        for host in hosts
        if host.encode() in (ROOT / name).read_bytes()
    ]
    assert found == []
