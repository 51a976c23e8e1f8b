"""Which module may import which: the table of the design, held by a walk over all imports."""

import ast
import functools
import re
import subprocess
import sys
from pathlib import Path

import pytest

import marimo_rfb

ROOT = Path(marimo_rfb.__file__).parent
NAME = "marimo_rfb"

# What each part may import of ours, besides itself. A folder is a part, and so is a file that is in none.
MAY_IMPORT = {
    "errors": set[str](),
    "excerpt": set[str](),
    "fork": set[str](),
    "advice": set[str](),
    "kinds": {"errors"},
    "picture": {"kinds", "errors"},
    "tone": {"errors"},
    "frame": {"kinds", "picture", "tone", "errors"},
    "version": set[str](),
    "wasm": {"errors"},
    "events": {"errors"},
    "flow": {"events", "errors"},
    "wire": {"flow", "events", "excerpt", "errors"},
    "encode": {"frame", "errors"},
    "stream": {"encode", "excerpt", "fork", "frame", "picture", "tone", "events", "wire", "flow", "errors"},
    "hub": {"stream", "fork", "encode", "frame", "tone", "wire", "flow", "events", "errors", "version", "wasm"},
    "notebook.rendering": {"stream", "frame", "picture", "flow", "events", "excerpt", "errors"},
    "notebook.hosts": {"notebook.rendering", "hub", "stream", "fork", "errors"},
    "notebook.comm": {"notebook.hosts", "hub", "stream", "fork", "errors"},
    "notebook.events": {"notebook.hosts", "notebook.rendering", "stream", "frame", "tone", "flow", "events", "errors"},
    "notebook.stills": {"notebook.hosts", "hub", "stream", "encode", "frame"},
    "notebook": {
        *("notebook.comm", "notebook.events", "notebook.hosts", "notebook.rendering", "notebook.stills"),
        *("hub", "stream", "encode", "events", "errors", "version", "wasm"),
    },
    "figures.screens": {
        *("notebook", "notebook.hosts", "notebook.rendering", "stream", "encode", "frame", "events", "wire"),
    },
    "figures.matplotlib": {"figures.screens", "notebook", "notebook.hosts", "events", "excerpt", "wire"},
    "figures.rendercanvas": {
        *("figures.screens", "notebook", "notebook.hosts", "notebook.rendering", "events", "errors"),
    },
    "figures.vispy": {"figures.screens", "notebook", "notebook.hosts", "events", "errors"},
    "figures.vtk": {"figures.screens", "notebook", "events", "errors"},
    "figures.kinds": {
        "figures.matplotlib",
        "figures.rendercanvas",
        "figures.vispy",
        "figures.vtk",
        "notebook",
        "errors",
    },
    "figures": {"figures.kinds", "notebook", "stream", "errors"},
    "server": {"hub", "wire", "errors", "version"},
    "asgi": {"hub", "stream", "wire", "events", "errors"},
    "cli.doctor": {"advice", "hub", "stream", "encode", "frame", "wire", "errors", "version"},
    "cli": {"cli.doctor", "errors", "version"},
    "__init__": {
        "figures",
        "figures.rendercanvas",
        "figures.vispy",
        "notebook",
        "notebook.rendering",
        "hub",
        "stream",
        "encode",
        "events",
        "errors",
    },
}
# Imports that cross the table for type checkers alone: `Stream.view` returns a `View`, which has a `Stream`.
CROSSINGS = {("stream/stream.py", "notebook")}
# What of the world each part must do without.
WITHOUT = {
    "errors": {"numpy", "asyncio", "marimo", "websockets"},
    "kinds": {"asyncio", "marimo", "websockets", "time", "threading", "matplotlib", "torch"},
    "picture": {"asyncio", "marimo", "websockets", "time", "threading", "PIL"},
    "tone": {"asyncio", "marimo", "websockets", "time", "threading", "PIL"},
    "frame": {"asyncio", "marimo", "websockets", "time", "PIL"},
    "version": {"numpy", "asyncio", "marimo", "websockets"},
    "events": {"numpy", "asyncio", "marimo", "websockets", "time", "random", "threading"},
    "wire": {"numpy", "asyncio", "marimo", "websockets", "time", "random", "secrets", "socket", "threading"},
    "flow": {"numpy", "asyncio", "marimo", "websockets", "time", "random", "secrets", "socket", "threading"},
    "encode": {"asyncio", "marimo", "websockets", "socket", "threading", "time"},
    "stream": {"asyncio", "marimo", "websockets", "socket", "anywidget", "traitlets", "PIL"},
    "hub": {"marimo", "anywidget", "traitlets", "numpy", "PIL"},
}
# What one file knows, or a few.
ONLY_IN = {
    "av": {"encode/video.py"},
    "simplejpeg": {"encode/jpeg.py"},
    "websockets": {
        *("hub/viewer_socket.py", "hub/listener.py", "server/proxy.py", "cli/doctor/probe_viewer.py"),
    },
    "anywidget": {"notebook/widget.py"},
    "matplotlib": {
        f"figures/matplotlib/{name}.py"
        for name in ("_matplotlib", "animations", "backend", "canvas", "events", "timer", "toolbar")
    }
    | {"tone/colormap.py"},
    "rendercanvas": {f"figures/rendercanvas/{name}.py" for name in ("backend", "errors", "loop", "use")},
    "vispy": {f"figures/vispy/{name}.py" for name in ("_vispy", "backend", "canvas", "events", "timer")},
    "vtkmodules": {f"figures/vtk/{name}.py" for name in ("pixels", "scene")},
}
# What knows the private names of a library.
OF_LIBRARIES = ("_marimo", "_ipython", "_matplotlib", "_pyvista", "_vispy")
# Imports by names that it reads somewhere; those of `__init__` are repeated for type checkers.
UNKNOWABLE = {"cli/doctor/installation.py", "__init__.py"}
FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))


def part_of(file: str) -> str:
    return file.rpartition("/")[0].replace("/", ".") or file.removesuffix(".py")


@functools.cache
def tree(file: str) -> ast.Module:
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


@functools.cache
def imports(file: str) -> frozenset[str]:
    """Return the full name of everything a module imports, inside functions and by `import_module` too."""
    names = set[str]()
    package = [NAME, *Path(file).parent.parts]
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = [] if not node.level else package[: len(package) - node.level + 1]
            module = ".".join([*base, *([node.module] if node.module else [])])
            names.add(module)
            names.update(f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__"):
                name = node.args[0]
                if isinstance(name, ast.Constant):
                    names.add(str(name.value))
                else:
                    assert file in UNKNOWABLE, f"{file} imports what cannot be known"
    return frozenset(names)


@functools.cache
def ours(file: str) -> set[str]:
    """Return the files of this package that a module imports, `import`s for type checkers included."""
    modules = {NAME + "." + other.removesuffix(".py").replace("/", "."): other for other in FILES}
    return {modules[name] for name in imports(file) if name in modules} - {file}


def crossings(file: str) -> set[str]:
    return {part for module, part in CROSSINGS if module == file}


def test_every_part_is_in_the_table_and_there() -> None:
    assert {part_of(file) for file in FILES if not file.endswith("/__init__.py")} == MAY_IMPORT.keys()


@pytest.mark.parametrize("file", FILES)
def test_a_module_imports_only_what_its_part_may(file: str) -> None:
    parts = {part_of(other) for other in ours(file)}
    assert parts - {part_of(file)} - MAY_IMPORT.get(part_of(file), set()) - crossings(file) == set()


@pytest.mark.parametrize(("file", "to"), sorted(CROSSINGS))
def test_each_crossing_is_still_there_and_for_type_checkers_alone(file: str, to: str) -> None:
    assert to in {part_of(other) for other in ours(file)}
    module = ast.parse((ROOT / file).read_text(encoding="utf-8"))  # of its own, because it is changed
    for node in module.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body.clear()
    assert f"{NAME}.{to}" not in ast.unparse(module)


def circle(edges: dict[str, set[str]]) -> list[str]:
    """Return a circle of `edges`, or nothing."""
    done: set[str] = set()

    def walk(at: str, path: list[str]) -> list[str]:
        if at in path:
            return [*path[path.index(at) :], at]
        found = next((way for to in sorted(edges.get(at, ())) if to not in done and (way := walk(to, [*path, at]))), [])
        done.add(at)
        return found

    return next((found for each in sorted(edges) if each not in done and (found := walk(each, []))), [])


def test_no_files_import_one_another_in_a_circle() -> None:
    assert circle({file: {o for o in ours(file) if part_of(o) not in crossings(file)} for file in FILES}) == []


def test_no_parts_may_import_one_another_in_a_circle() -> None:
    assert circle(MAY_IMPORT) == []


def test_a_circle_would_be_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]


@pytest.mark.parametrize("file", FILES)
def test_a_module_does_without_what_its_part_must(file: str) -> None:
    world = {name.partition(".")[0] for name in imports(file)}
    assert world & WITHOUT.get(part_of(file), set()) == set()


@pytest.mark.parametrize("module", ONLY_IN)
def test_what_one_file_knows_no_other_imports(module: str) -> None:
    users = {file for file in FILES if any(name.partition(".")[0] == module for name in imports(file))}
    assert users <= ONLY_IN[module]


def test_private_names_of_marimo_are_in_one_module() -> None:
    users = {file for file in FILES for name in imports(file) if name.startswith("marimo.") and "._" in name}
    assert users <= {"notebook/hosts/_marimo.py"}


def test_nothing_reaches_into_a_private_name_of_another_module_of_ours() -> None:
    for file in FILES:
        for name in imports(file):
            if name.startswith(f"{NAME}."):
                private = [part for part in name.split(".") if part.startswith("_") and not part.startswith("__")]
                assert private in ([], *([each] for each in OF_LIBRARIES)), f"{file} imports {name}"


def test_the_census_of_what_leaks_counts_types_that_there_are() -> None:
    census = (ROOT.parent / "tests/browser/support/census.ts").read_text(encoding="utf-8")
    (names,) = re.findall(r"LASTING_TYPES =\s*/.*?\((.+?)\)\$/", census)
    classes = {node.name for file in FILES for node in tree(file).body if isinstance(node, ast.ClassDef)}
    assert set(names.split("|")) - classes == set()


def test_importing_starts_no_thread_no_server_and_no_marimo() -> None:
    script = (
        "import sys, threading, socket\n"
        "bound = []\n"
        "sys.addaudithook(lambda event, args: bound.append(args) if event == 'socket.bind' else None)\n"
        "import marimo_rfb, marimo_rfb.notebook\n"
        # A view is an element of marimo's, so that name brings it.
        "[getattr(marimo_rfb, name) for name in marimo_rfb.__all__ if name != 'View']\n"
        "print([t.name for t in threading.enumerate()], bound, 'marimo' in sys.modules, 'av' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['MainThread'] [] False False"


def test_making_streams_widgets_and_hubs_starts_nothing_before_it_is_asked() -> None:
    script = (
        "import threading, marimo_rfb as rfb\n"
        "hub, view = rfb.Hub(), rfb.RfbViewer(port=5)\n"
        "print([t.name for t in threading.enumerate()])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['MainThread']"


def test_a_program_that_forgets_to_close_its_hub_still_ends() -> None:
    script = (
        "import asyncio, marimo_rfb as rfb, numpy as np\n"
        "stream = asyncio.run(rfb.serve(64, 48))\n"
        "rfb.Hub().start()\n"
        "stream.publish(np.zeros((48, 64, 3), np.uint8))\n"
        "print('done')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=50)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")
