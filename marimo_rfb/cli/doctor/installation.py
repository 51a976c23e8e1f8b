"""Check an installation, from the interpreter to a picture over a WebSocket."""

import importlib
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from marimo_rfb.cli.doctor import bundle, loopback, versions
from marimo_rfb.cli.doctor.check_result import CheckResult, fail, ok, warn

__all__ = ["check"]

_REQUIRED = {
    "marimo": "marimo",
    "anywidget": "anywidget",
    "traitlets": "traitlets",
    "numpy": "numpy",
    "websockets": "websockets",
    "pillow": "PIL",
}
_EXTRAS = {
    "av": ("av", "video", "H.264 and other video codecs"),
    "jupyterlab": ("jupyterlab", "jupyter", "the widget in JupyterLab"),
    "matplotlib": ("matplotlib", "matplotlib", "live figures and more colormaps"),
    "pyvista": ("pyvista", "pyvista", "plotters of PyVista in a view"),
    "rendercanvas": ("rendercanvas", "rendercanvas", "pygfx and fastplotlib in a view"),
    "vispy": ("vispy", "vispy", "canvases of vispy in a view"),
}


def check() -> Iterator[CheckResult]:
    """Run every check, also after a failure."""
    yield ok("python", f"{platform.python_version()} at {_shorten(Path(sys.executable))}")
    for distribution, module in _REQUIRED.items():
        yield _check_required(distribution, module)
    yield _check_simplejpeg()
    yield bundle.check()
    yield from loopback.check()
    for distribution, (module, extra, use) in _EXTRAS.items():
        yield _check_optional(distribution, module, extra=extra, use=use)


def _shorten(path: Path) -> str:
    return f"~/{path.relative_to(Path.home())}" if path.is_relative_to(Path.home()) else str(path)


def _check_required(distribution: str, module: str) -> CheckResult:
    version, minimum = versions.version_of(distribution), versions.min_version(distribution)
    upgrade = f"pip install --upgrade '{distribution}>={minimum}'" if minimum else f"pip install {distribution}"
    if version is None:
        return fail(distribution, "not installed", upgrade)
    if minimum is not None and versions.is_older(version, minimum):
        return fail(distribution, f"{version} is too old; the minimum is {minimum}", upgrade)
    return _check_import(distribution, module, version, reinstall=f"pip install --force-reinstall {distribution}")


def _check_import(distribution: str, module: str, version: str, *, reinstall: str) -> CheckResult:
    try:
        importlib.import_module(module)
    except Exception as exc:  # a broken package may raise anything
        reason = str(exc).partition("\n")[0]
        return fail(distribution, f"{version} cannot be imported: {type(exc).__name__}: {reason}", reinstall)
    return ok(distribution, version)


def _check_simplejpeg() -> CheckResult:
    result = _check_required("simplejpeg", "simplejpeg")
    if result.level == "ok":
        return result
    cost = "Pillow encodes JPEG instead, and holds the GIL meanwhile"
    return warn(result.subject, f"{result.text}; {cost}", result.remedy)


def _check_optional(distribution: str, module: str, *, extra: str, use: str) -> CheckResult:
    version, minimum = versions.version_of(distribution), versions.min_version(distribution)
    upgrade = f"pip install --upgrade 'marimo-rfb[{extra}]'"
    if version is None:
        return CheckResult("-", distribution, f"not installed; needed for {use}", upgrade)
    if minimum is not None and versions.is_older(version, minimum):
        return warn(distribution, f"{version} is too old for {use}; the minimum is {minimum}", upgrade)
    result = _check_import(distribution, module, version, reinstall=upgrade)
    return warn(distribution, result.text, result.remedy) if result.level == "fail" else result
