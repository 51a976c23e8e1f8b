"""The notebooks that show what scientists look at: how long they are, and what they need besides the package."""

import ast
import io
import tokenize
from pathlib import Path

__all__ = ["EXAMPLES", "NOTEBOOKS", "code_lines"]

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"

# By the package that an example needs and only `make test-extras` has; "" if every test has it.
_NEEDS = {
    "camera": "cv2",
    "environment": "gymnasium",
    "feature_maps": "torch",
    "figures": "",
    "mesh": "pyvista",
    "microscope": "",
    "point_cloud": "vispy",
    "scene": "pygfx",
    "video_plot": "fastplotlib",
}
EXAMPLES = {path: _NEEDS[path.stem] for path in sorted(NOTEBOOKS.glob("*.py")) if path.stem in _NEEDS}

_NO_CODE = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}


def code_lines(notebook: str) -> int:
    """Return how many lines of a marimo notebook its author wrote in cells.

    Neither what marimo writes around the cells counts, nor prose: `mo.md`, docstrings, comments and blank lines.
    """
    lines: set[int] = set()
    prose: set[int] = set()
    for node in ast.parse(notebook).body:
        for part in _own_code(node):
            lines |= _lines_of(part)
        prose |= {line for each in ast.walk(node) if _is_prose(each) for line in _lines_of(each)}
    tokens = tokenize.generate_tokens(io.StringIO(notebook).readline)
    code = {line for token in tokens if token.type not in _NO_CODE for line in range(token.start[0], token.end[0] + 1)}
    return len((lines & code) - prose)


def _own_code(node: ast.stmt) -> list[ast.stmt]:
    if isinstance(node, ast.With):  # `app.setup`
        return node.body
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return []
    if node.name != "_":  # `app.function` or `app.class_definition`
        return [node]
    return [part for part in node.body if not isinstance(part, ast.Return)]


def _is_prose(node: ast.AST) -> bool:
    if not isinstance(node, ast.Expr):
        return False
    value = node.value.body if isinstance(node.value, ast.IfExp) else node.value
    return isinstance(value, ast.Constant) or (
        isinstance(value, ast.Call) and ast.unparse(value.func) == "mo.md" and _is_text(value)
    )


def _is_text(call: ast.Call) -> bool:
    return all(isinstance(each, (ast.Constant, ast.JoinedStr)) for each in call.args)


def _lines_of(node: ast.AST) -> set[int]:
    assert isinstance(node, ast.stmt)
    assert node.end_lineno is not None
    return set(range(node.lineno, node.end_lineno + 1))
