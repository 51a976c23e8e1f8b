"""The page's part of the widget: is it there, and does it fit its sources?"""

import importlib.util
from pathlib import Path

from marimo_rfb.cli import install
from marimo_rfb.cli.finding import Finding
from marimo_rfb.version import bundle_version

__all__ = ["examine"]

_BUILD = "python js/hatch_build.py"


def examine() -> Finding:
    """Look at the bundle; only a checkout has sources to compare it with."""
    static, tree = install.PACKAGE / "static", install.SOURCE_TREE
    script, style = static / "widget.js", static / "widget.css"
    missing = [path.name for path in (script, style) if not path.is_file() or path.stat().st_size == 0]
    if missing:
        remedy = f"in {tree}: {_BUILD}" if tree else "pip install --force-reinstall marimo-rfb"
        return Finding("fail", "widget", f"{' and '.join(missing)} missing, so a cell shows no picture", remedy)
    version, installed = bundle_version(script.read_text(encoding="utf-8")), install.version_of(install.DISTRIBUTION)
    if version and installed and version != installed:
        remedy = f"in {tree}: pip install -e ." if tree else "pip install --force-reinstall marimo-rfb"
        return Finding("warn", "widget", f"of marimo-rfb {version}, where {installed} is installed", remedy)
    size = f"{(script.stat().st_size + style.stat().st_size) / 1000:.0f} kB"
    if tree is None:
        return Finding("ok", "widget", size)
    wanted = _source_hash(tree / "js" / "hatch_build.py")
    if wanted is None:
        return Finding("ok", "widget", f"{size}; not compared with its sources, because hatchling is not installed")
    stamp = static / ".stamp"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        return Finding("warn", "widget", f"{size}, not built from the sources in {tree / 'js'}", f"in {tree}: {_BUILD}")
    return Finding("ok", "widget", f"{size}, fits its sources")


def _source_hash(script: Path) -> str | None:
    """Ask the build hook, which alone knows what goes into the bundle; `None` where its own needs are not met."""
    spec = importlib.util.spec_from_file_location("marimo_rfb_build", script)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ImportError:
        return None
    return str(module.source_hash())
