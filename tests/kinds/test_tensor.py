"""Tensors of other libraries, each as that library has it; the real ones are in `tests/extras`."""

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from marimo_rfb.errors import FrameError
from marimo_rfb.kinds.tensor import is_tensor, tensor_array

NUMBERS = np.arange(12, dtype=np.float32).reshape(3, 4)
CUDA = {"shape": (3, 4), "typestr": "<f4", "data": (0xDEAD, True), "version": 3, "stream": 1}


class Torch:
    """As a tensor of PyTorch: `numpy` refuses a gradient, another device and bfloat16."""

    def __init__(self, *, device: str = "cpu", requires_grad: bool = False, bfloat16: bool = False) -> None:
        self.device, self.requires_grad, self.bfloat16 = device, requires_grad, bfloat16
        self.shape, self.dtype = NUMBERS.shape, "torch.bfloat16" if bfloat16 else "torch.float32"
        self.layout = "torch.strided"

    def _like(self, **changes: Any) -> "Torch":
        state = {"device": self.device, "requires_grad": self.requires_grad, "bfloat16": self.bfloat16}
        return Torch(**{**state, **changes})

    def detach(self) -> "Torch":
        return self._like(requires_grad=False)

    def cpu(self) -> "Torch":
        return self._like(device="cpu")

    def float(self) -> "Torch":
        return self._like(bfloat16=False)

    def resolve_conj(self) -> "Torch":
        return self

    def numpy(self) -> Any:
        if self.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        if self.device != "cpu":
            raise TypeError("can't convert cuda:0 device type tensor to numpy.")
        if self.bfloat16:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return NUMBERS

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.numpy()


class CuPy:
    """As an array of CuPy, which refuses to be converted by the way."""

    __cuda_array_interface__ = CUDA
    shape, dtype = NUMBERS.shape, NUMBERS.dtype

    def get(self) -> Any:
        return NUMBERS

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")


class Numba:
    __cuda_array_interface__ = CUDA
    shape = NUMBERS.shape

    def copy_to_host(self) -> Any:
        return NUMBERS


class TensorFlow:
    shape = NUMBERS.shape

    def numpy(self) -> Any:
        return NUMBERS


class Tinygrad(TensorFlow):
    def __init__(self, is_cast: bool = False) -> None:
        self.is_cast = is_cast

    def numpy(self) -> Any:
        if not self.is_cast:
            raise RuntimeError("no NumPy type for bfloat16")
        return NUMBERS

    def float(self) -> Any:
        return Tinygrad(is_cast=True)


class Exporter:
    """Exports by DLPack from a device, as far as it is asked in a way that it knows."""

    def __init__(self, device: int = 1, *, only_with_copy: bool = False) -> None:
        self.device, self.only_with_copy = device, only_with_copy
        self.asked: list[dict[str, Any]] = []

    def __dlpack_device__(self) -> tuple[int, int]:
        return (self.device, 0)

    def __dlpack__(self, **options: Any) -> Any:
        self.asked.append(options)
        if self.device != 1:
            if options.get("dl_device") != (1, 0) or (self.only_with_copy and not options.get("copy")):
                raise BufferError("of another device")
            options = {**options, "dl_device": None}
        return NUMBERS.__dlpack__(**options)


@pytest.mark.parametrize(
    "make",
    [
        Torch,
        lambda: Torch(requires_grad=True),
        lambda: Torch(device="cuda:0", requires_grad=True),
        lambda: Torch(device="cuda:0", bfloat16=True),
        CuPy,
        Numba,
        TensorFlow,
        Tinygrad,
        Exporter,
        lambda: Exporter(2),
        lambda: Exporter(2, only_with_copy=True),
        lambda: SimpleNamespace(__array_interface__=NUMBERS.__array_interface__, keep=NUMBERS),
    ],
    ids=[
        *("torch", "torch with a gradient", "torch on a GPU", "torch of bfloat16", "cupy", "numba", "tensorflow"),
        *("tinygrad", "dlpack", "dlpack of a GPU", "dlpack of a GPU by a copy", "array interface"),
    ],
)
def test_the_numbers_are_those_of_the_tensor(make: Any) -> None:
    tensor = make()
    assert is_tensor(tensor)
    np.testing.assert_array_equal(tensor_array(tensor), NUMBERS)


@pytest.mark.parametrize("library", ["cupy", "numba.cuda", "torch"])
def test_a_device_array_of_nobody_is_read_by_a_library_that_is_there(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    class Device:
        __cuda_array_interface__ = CUDA

    read = {
        "cupy": SimpleNamespace(asarray=lambda array: CuPy()),
        "numba.cuda": SimpleNamespace(as_cuda_array=lambda array: Numba()),
        "torch": SimpleNamespace(as_tensor=lambda array, device: Torch(device=device)),
    }
    for name in read:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, library, read[library])
    np.testing.assert_array_equal(tensor_array(Device()), NUMBERS)


def test_what_none_can_read_says_what_each_way_said() -> None:
    class Device:
        shape, dtype = (3, 4), "float32"

        def __dlpack_device__(self) -> tuple[int, int]:
            return (2, 0)

        def __dlpack__(self, **options: Any) -> Any:
            raise BufferError("of another device")

        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            raise TypeError("not by the way")

    message = (
        r"cannot read Device of dtype float32 and shape \(3, 4\): TypeError: not by the way; "
        r"__dlpack__: BufferError: of another device; copy it to the CPU first"
    )
    with pytest.raises(FrameError, match=message):
        tensor_array(Device())


def test_a_device_array_that_nobody_can_read_names_who_could(monkeypatch: pytest.MonkeyPatch) -> None:
    class Device:
        __cuda_array_interface__ = CUDA

    for name in ("cupy", "numba.cuda", "torch"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(FrameError, match=r"cannot read Device: .*import cupy, numba\.cuda or torch, which read it"):
        tensor_array(Device())


def test_a_method_that_returns_no_array_is_no_tensor() -> None:
    class Odd:
        def numpy(self) -> Any:
            return "numbers"

    with pytest.raises(FrameError, match=r"cannot read Odd: TypeError: numpy\(\) returned str"):
        tensor_array(Odd())
