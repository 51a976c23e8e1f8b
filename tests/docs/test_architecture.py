"""Hold `docs/architecture.md` to the code: terms, rooms, threads and the files that it names."""

import ast
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "marimo_rfb"
SOURCES = ROOT / "js" / "src"
LINK = re.compile(r"\[`?([^]`]+)`?\]\(\.\./([^)#]+)\)")


def defined_in_python(path: Path) -> set[str]:
    """Return the classes and functions of a module, and the members of its classes as `Class.member`."""
    names = set[str]()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            members = [each.name for each in node.body if isinstance(each, ast.FunctionDef)]
            names |= {node.name, *(f"{node.name}.{member}" for member in members)}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
    return names


def defined_in_typescript(path: Path) -> set[str]:
    pattern = r"^export (?:abstract )?(?:class|interface|function|type) (\w+)"
    return set(re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE))


def test_each_term_is_defined_where_the_glossary_says(architecture: Any) -> None:
    rows = architecture.section("Glossary").tables[0]
    assert 20 <= len(rows) <= 45
    for row in rows:
        name = re.match(r"`([\w.]+)` in \[", row["defined in"])
        link = LINK.search(row["defined in"])
        assert name, row
        assert link, row
        path = ROOT / link[2]
        defined = defined_in_python(path) if path.suffix == ".py" else defined_in_typescript(path)
        assert name[1] in defined, f"{row['term']}: {name[1]} is not in {link[2]}"


def test_a_link_is_to_the_file_that_it_names(architecture: Any) -> None:
    links = LINK.findall(architecture.text)
    assert len(links) > 60
    for name, target in links:
        assert (ROOT / target).is_file(), target
        assert target.endswith(name)


def folders(root: Path, suffix: str) -> set[str]:
    files = [path.relative_to(root) for path in root.rglob(f"*{suffix}")]
    return {".".join(path.parent.parts) for path in files if path.parent.parts}


def test_each_room_is_in_a_table(architecture: Any) -> None:
    python, typescript = architecture.section("The parts").tables
    in_python = {name for row in python for name in re.findall(r"`([\w.]+)`", row["Python"])}
    assert in_python == folders(PACKAGE, ".py") | {"asgi"}
    in_typescript = {name for row in typescript for name in re.findall(r"`(\w+)`", row["TypeScript, in `js/src`"])}
    assert in_typescript == folders(SOURCES, ".ts")


def threads_in(path: Path) -> list[Any]:
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    named = [
        keyword.value for call in calls for keyword in call.keywords if keyword.arg in ("name", "thread_name_prefix")
    ]
    return [name for name in map(ast.unparse, named) if "rfb-" in name]


def test_each_thread_is_in_the_table(architecture: Any) -> None:
    names = {re.findall(r"rfb-\w+", name)[0] for path in PACKAGE.rglob("*.py") for name in threads_in(path)}
    listed = {
        name for row in architecture.section("Threads").tables[0] for name in re.findall(r"rfb-\w+", row["thread"])
    }
    assert listed == names
