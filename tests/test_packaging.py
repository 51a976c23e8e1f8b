"""What is in the wheel and the sdist, and that nothing in the repository names a package registry.

And what the wheel does where nothing optional is installed.
"""

import configparser
import email
import email.message
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ABSENT = [
    *(
        "av",
        "cupy",
        "cv2",
        "jax",
        "jupyterlab",
        "matplotlib",
        "pandas",
        "rendercanvas",
        "tinygrad",
        "torch",
        "vispy",
        "vtk",
    )
]
ROOT = Path(__file__).parent.parent
EXTRAS = {
    *(
        "all",
        "anywidget",
        "asgi",
        "demo",
        "examples",
        "jupyter",
        "matplotlib",
        "pyvista",
        "rendercanvas",
        "video",
        "vispy",
    )
}


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


@pytest.fixture(scope="module")
def bare_site(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what `pip install` of the wheel brings: the wheel, and links to what it requires."""
    site = tmp_path_factory.mktemp("site")
    wheel.extractall(site)
    for name in required(metadata(wheel).get_all("Requires-Dist", [])):
        distribution = importlib.metadata.distribution(name)
        for top in {file.parts[0] for file in distribution.files or []} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(str(distribution.locate_file(top)))
    return site


def required(requirements: list[str]) -> set[str]:
    """Return the names of the packages that `requirements` bring here; optional ones only where an extra is named."""
    waiting = [(each, "") for each in requirements]
    found: set[tuple[str, str]] = set()
    while waiting:
        text, of_extra = waiting.pop()
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": of_extra}):
            new = {(requirement.name, extra) for extra in ("", *requirement.extras)} - found
            found |= new
            waiting += [(each, extra) for name, extra in new for each in importlib.metadata.requires(name) or []]
    return {name for name, _ in found}


def run_bare(site: Path, *arguments: str) -> str:
    """Run Python with what is in `site` and with nothing else."""
    command = [sys.executable, "-S", *arguments]
    env = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(command, cwd=site, env=env, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


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


def test_the_tests_have_what_the_examples_need() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    tested = {each for name in ("dev", "extras") for each in groups[name] if isinstance(each, str)}
    untested = set(project["project"]["optional-dependencies"]["examples"]) - tested
    # The Makefile installs PyTorch in a build for the CPU.
    assert {Requirement(each).name for each in untested} == {"torch"}


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


def test_pictures_need_nothing_optional(bare_site: Path) -> None:
    program = f"""
import importlib.util
import numpy as np
from PIL import Image
import marimo_rfb as rfb

assert not [name for name in {ABSENT} if importlib.util.find_spec(name)]

class Tensor:
    def __init__(self, array):
        self.__dlpack__, self.__dlpack_device__ = array.__dlpack__, array.__dlpack_device__

array = np.array([[0, 0.5, 1]], np.float32)
image = Image.fromarray(np.uint8([[0, 128, 255]]))
for picture in (array, array.tolist(), np.ma.masked_less(array, -1), image, Tensor(array)):
    for show in (rfb.frame, rfb.show):
        print(show(picture).stream.newest.pixels[:, :, 0].tolist())
print(rfb.frame(array, cmap="viridis").stream.newest.pixels[0, 0].tolist())
"""
    assert run_bare(bare_site, "-c", program).splitlines() == ["[[0, 128, 255]]"] * 10 + ["[68, 1, 84]"]


def test_what_needs_more_says_which_extra_to_install(bare_site: Path) -> None:
    program = """
import numpy as np
import marimo_rfb as rfb
from marimo_rfb.cli import main

for entry in (
    lambda: rfb.figure(object()),
    rfb.use_rendercanvas,
    rfb.use_vispy,
    lambda: rfb.frame(np.eye(2), cmap="jet"),
    lambda: rfb.stream("numbers").configure(cmap="jet"),
    lambda: main(["jupyter-demo"], standalone_mode=False),
):
    try:
        entry()
    except Exception as exc:
        print(exc)
try:
    import marimo_rfb.figures.matplotlib.backend
except ModuleNotFoundError as exc:
    print(exc.name)
"""
    figure, rendercanvas, vispy, frame, stream, demo, backend = run_bare(bare_site, "-c", program).splitlines()
    assert figure.startswith("figure takes a matplotlib figure or axes, ")
    assert "pip install 'marimo-rfb[matplotlib,rendercanvas,vispy" in figure
    assert "pip install 'marimo-rfb[rendercanvas]'" in rendercanvas
    assert "pip install 'marimo-rfb[vispy]'" in vispy
    for said in (frame, stream):
        assert "pip install 'marimo-rfb[matplotlib]'" in said
    assert demo == "JupyterLab is not installed: pip install 'marimo-rfb[demo]'"
    assert backend == "matplotlib"


def test_the_doctor_names_the_extras_and_finds_nothing_wrong(bare_site: Path) -> None:
    program = (
        "from marimo_rfb.cli.doctor.installation import check\nfor found in check(): print(found.level, found.remedy)"
    )
    said = run_bare(bare_site, "-c", program)
    assert set(re.findall(r"^(\S+)", said, re.MULTILINE)) == {"ok", "-"}, said
    assert set(re.findall(r"'marimo-rfb\[(\w+)\]'", said)) == {
        *("jupyter", "matplotlib", "pyvista", "rendercanvas", "video", "vispy")
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
