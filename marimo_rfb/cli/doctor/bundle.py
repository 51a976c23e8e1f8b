"""Whether the widget's JavaScript bundle is there and up to date."""

import importlib.util
from pathlib import Path

from marimo_rfb.cli.doctor import versions
from marimo_rfb.cli.doctor.check_result import CheckResult, fail, ok, warn
from marimo_rfb.version import bundle_version

__all__ = ["check"]

_BUILD = "python js/hatch_build.py"


def check() -> CheckResult:
    """Check the bundle; only a checkout has sources to compare it with."""
    static, tree = versions.PACKAGE / "static", versions.SOURCE_TREE
    script, style = static / "widget.js", static / "widget.css"
    missing = [path.name for path in (script, style) if not path.is_file() or path.stat().st_size == 0]
    if missing:
        remedy = f"in {tree}: {_BUILD}" if tree else "pip install --force-reinstall marimo-rfb"
        return fail("widget", f"{' and '.join(missing)} missing, so no view works", remedy)
    version, installed = bundle_version(script.read_text(encoding="utf-8")), versions.version_of(versions.DISTRIBUTION)
    if version and installed and version != installed:
        remedy = f"in {tree}: pip install -e ." if tree else "pip install --force-reinstall marimo-rfb"
        return warn("widget", f"the bundle is of marimo-rfb {version}, but {installed} is installed", remedy)
    size = f"{(script.stat().st_size + style.stat().st_size) / 1000:.0f} kB"
    if tree is None:
        return ok("widget", size)
    expected = _source_hash(tree / "js" / "hatch_build.py")
    if expected is None:
        return ok("widget", f"{size}; not compared with its sources, because hatchling is not installed")
    stamp = static / ".stamp"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != expected:
        return warn("widget", f"{size}, out of date with the sources in {tree / 'js'}", f"in {tree}: {_BUILD}")
    return ok("widget", f"{size}, up to date with its sources")


def _source_hash(script: Path) -> str | None:
    """Ask the build hook, which knows the sources; `None` where its dependencies are missing."""
    spec = importlib.util.spec_from_file_location("marimo_rfb_build", script)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ImportError:
        return None
    return str(module.source_hash())
