"""Tensors and other arrays that are not NumPy's: on any device, of any library."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from marimo_rfb.errors import FrameError, describe
from marimo_rfb.kinds.refusal import refused

__all__ = ["is_tensor", "tensor_array"]

_CPU = (1, 0)  # DLPack's kDLCPU
_INTERFACES = ("__array__", "__array_interface__", "__dlpack__", "__cuda_array_interface__")


def is_tensor(picture: Any) -> bool:
    """Return whether `picture` offers its numbers by a protocol for arrays, or by `numpy()`."""
    return any(hasattr(picture, name) for name in _INTERFACES) or callable(getattr(picture, "numpy", None))


def tensor_array(tensor: Any) -> npt.NDArray[Any]:
    """Return the numbers of `tensor`, copied to the CPU if they are elsewhere.

    Waits for the work on its device that computes them. Types of float that NumPy lacks, such as bfloat16, become
    float32. A gradient is left out.

    Args:
        tensor: an object as PyTorch (`detach`, `cpu`), JAX (`__array__`), CuPy (`get`), Numba (`copy_to_host`),
            TensorFlow and tinygrad (`numpy`) have it, or one with `__array_interface__`, `__dlpack__` or
            `__cuda_array_interface__`.

    Raises:
        FrameError: it cannot be read; the message says what each way raised.
    """
    failures: list[tuple[str, Exception]] = []
    for name, read in _ways(tensor):
        try:
            array = read()
            if not isinstance(array, np.ndarray):
                raise TypeError(f"{name} returned {type(array).__name__}")
            if array.ndim or not getattr(tensor, "shape", ()):  # an object without an array is read as a scalar
                return array
        except Exception as exc:
            failures.append((name, exc))
    if not failures:
        raise refused("NumPy reads a scalar from", tensor, TypeError("it has no rows and columns"))
    _, first = failures[0]
    others = "".join(f"; {name}: {describe(exc)}" for name, exc in failures[1:])
    raise refused("NumPy cannot read", tensor, first, f"{others}; copy it to the CPU first") from first


def _ways(tensor: Any) -> list[tuple[str, Callable[[], Any]]]:
    """Return the ways to read `tensor`, the one most sure to be right first."""
    ways: list[tuple[str, Callable[[], Any]]] = []
    if _has(tensor, "detach", "cpu", "numpy"):
        # First, because the others refuse tensors with a gradient or on a GPU. `cpu` waits for the device.
        return [("cpu().numpy()", lambda: _torch(tensor))]
    if hasattr(tensor, "__cuda_array_interface__"):
        if _has(tensor, "copy_to_host"):
            ways.append(("copy_to_host()", tensor.copy_to_host))
        if _has(tensor, "get"):
            ways.append(("get()", tensor.get))
    if hasattr(tensor, "__array__") or hasattr(tensor, "__array_interface__"):
        ways.append(("__array__", lambda: np.asarray(tensor)))
    if _has(tensor, "numpy"):
        ways.append(("numpy()", lambda: _by_numpy(tensor)))
    if hasattr(tensor, "__dlpack__"):
        ways.append(("__dlpack__", lambda: _by_dlpack(tensor)))
    if hasattr(tensor, "__cuda_array_interface__"):
        ways.append(("__cuda_array_interface__", lambda: _by_cuda(tensor)))
    return ways


def _has(tensor: Any, *names: str) -> bool:
    return all(callable(getattr(tensor, name, None)) for name in names)


def _torch(tensor: Any) -> Any:
    tensor = tensor.detach()
    if "sparse" in str(getattr(tensor, "layout", "")):
        tensor = tensor.to_dense()
    if getattr(tensor, "is_quantized", False):
        tensor = tensor.dequantize()
    tensor = tensor.cpu()
    for name in ("resolve_conj", "resolve_neg"):  # views that NumPy cannot express
        if _has(tensor, name):
            tensor = getattr(tensor, name)()
    return _by_numpy(tensor)


def _by_numpy(tensor: Any) -> Any:
    try:
        array = tensor.numpy()
    except (TypeError, AttributeError, RuntimeError, KeyError):  # of a type that NumPy lacks, such as bfloat16
        if not _has(tensor, "float"):
            raise
        array = tensor.float().numpy()
    return array


def _by_dlpack(tensor: Any) -> Any:
    device = tuple(tensor.__dlpack_device__()) if hasattr(tensor, "__dlpack_device__") else _CPU
    if device[0] == _CPU[0]:
        return np.from_dlpack(tensor)
    # The producer copies, and waits for what computes it. Versions of NumPy before 2.1 lack the keywords.
    try:
        return np.from_dlpack(tensor, device="cpu", copy=None)
    except BufferError:  # it copies only if told to
        return np.from_dlpack(tensor, device="cpu", copy=True)


def _by_cuda(tensor: Any) -> Any:
    """Return a copy of a CUDA array by a library that is already imported; each of them waits for its stream."""
    if cupy := sys.modules.get("cupy"):
        return cupy.asarray(tensor).get()
    if cuda := sys.modules.get("numba.cuda"):
        return cuda.as_cuda_array(tensor).copy_to_host()
    if torch := sys.modules.get("torch"):
        return torch.as_tensor(tensor, device="cuda").cpu().numpy()
    raise FrameError("import cupy, numba.cuda or torch, which read it")
