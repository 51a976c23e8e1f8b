"""Kinds of pictures and the pixels that are seen."""

import re
import sys
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from marimo_rfb.errors import FrameError
from marimo_rfb.frame import Frame, as_data
from marimo_rfb.picture import as_array

BLACK, WHITE, RED, CLEAR = [0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 0, 0, 0]
OPAQUE_RED, OPAQUE_WHITE = [255, 0, 0, 255], [255, 255, 255, 255]
REDS = np.array([[RED, RED]], np.uint8)
# A gray picture that is the same whatever the range of its numbers is.
UNIT = np.array([[0, 1]])
INTEGERS = [f"{order}{kind}{size}" for order in "<>" for kind in "iu" for size in (1, 2, 4, 8)]


def gray(*levels: int) -> list[list[list[int]]]:
    return [[[level] * 3 for level in levels]]


def dlpack(array: Any) -> Any:
    return type(
        "Tensor",
        (),
        {
            "__dlpack__": lambda self, **options: array.__dlpack__(**options),
            "__dlpack_device__": lambda self: array.__dlpack_device__(),
        },
    )()


def on_gpu(array: Any) -> Any:
    """Return a device array as CuPy has it."""
    return SimpleNamespace(__cuda_array_interface__={"shape": array.shape}, get=lambda: array, shape=array.shape)


def torch_like(array: Any) -> Any:
    tensor = SimpleNamespace(shape=array.shape, numpy=lambda: array)
    tensor.detach = tensor.cpu = lambda: tensor
    return tensor


def figure() -> Figure:
    return Figure(figsize=(0.02, 0.01), dpi=100, facecolor="red")


# Name of the kind, the picture, and the pixels that are seen.
KINDS: list[tuple[str, Any, Any]] = [
    ("bool", UNIT.astype(bool), gray(0, 255)),
    *((f"integers of 8 bits, {dtype}", np.array([[0, 100]]).astype(dtype), gray(0, 100)) for dtype in INTEGERS),
    *(
        (f"unsigned up to the end, {dtype}", np.array([[0, np.iinfo(dtype).max]], dtype), gray(0, 255))
        for dtype in INTEGERS
        if "u" in dtype
    ),
    *(
        (f"signed with negative ones, {dtype}", np.array([[-50, 0, 50]], dtype), gray(0, 128, 255))
        for dtype in INTEGERS
        if "i" in dtype
    ),
    *((f"floats, {dtype}", np.array([[0, 0.5, 1]], dtype), gray(0, 128, 255)) for dtype in ("<f2", ">f4", "<f8", "g")),
    ("strides", np.arange(12, dtype=np.uint8).reshape(1, 12)[:, ::-4], gray(11, 7, 3)),
    ("a broadcast view", np.broadcast_to(np.uint8(9), (1, 3)), gray(9, 9, 9)),
    ("Fortran order", np.asfortranarray(np.repeat(REDS, 2, axis=0)), [[RED, RED]] * 2),
    ("channels first", REDS.transpose(2, 0, 1), [[RED, RED]]),
    ("a batch of one", REDS[None], [[RED, RED]]),
    ("a batch of one, channels first", REDS.transpose(2, 0, 1)[None], [[RED, RED]]),
    ("colors of 16 bits", np.array([[[65535, 0, 257]]], np.uint16), [[[255, 0, 1]]]),
    ("colors of floats", np.array([[[1.0, 0.0, 0.5, 1.0]]]), [[[255, 0, 128, 255]]]),
    ("a masked array", np.ma.masked_equal(np.array([[0.0, 1.0]]), 0), [[CLEAR, OPAQUE_WHITE]]),
    ("masked integers", np.ma.masked_less(np.array([[-9999, 0, 255]]), 0), [[CLEAR, [0, 0, 0, 255], OPAQUE_WHITE]]),
    ("all masked", np.ma.masked_all((1, 1), np.int32), [[CLEAR]]),
    ("a list of floats", [[0.0, 1.0]], gray(0, 255)),
    ("a list of integers", [[0, 255]], gray(0, 255)),
    ("a list of colors", [[[255, 0, 0], [255, 255, 255]]], [[RED, WHITE]]),
    ("a list of bool", [[False, True]], gray(0, 255)),
    ("a buffer", memoryview(REDS), [[RED, RED]]),
    ("DLPack", dlpack(REDS), [[RED, RED]]),
    ("DLPack of floats", dlpack(np.array([[0.0, 1.0]], np.float32)), gray(0, 255)),
    ("an array interface", SimpleNamespace(__array_interface__=REDS.__array_interface__), [[RED, RED]]),
    ("a device array", on_gpu(REDS), [[RED, RED]]),
    ("a tensor", torch_like(np.array([[0.0, 1.0]], np.float32)), gray(0, 255)),
    ("an image of bits", Image.new("1", (1, 1), 1), [[WHITE]]),
    ("a gray image", Image.new("L", (1, 1), 7), gray(7)),
    ("an image of 16 bits", Image.new("I;16", (1, 1), 65535), [[WHITE]]),
    ("an image of 16 bits, big end first", Image.new("I;16B", (1, 1), 65535), [[WHITE]]),
    ("an image of integers", Image.new("I", (1, 1), 255), [[WHITE]]),
    ("an image of floats", Image.new("F", (1, 1), 1.0), [[WHITE]]),
    *((f"an image, {mode}", Image.new(mode, (1, 1), "red"), [[RED]]) for mode in ("RGB", "RGBX", "P", "HSV")),
    ("an image, RGBA", Image.new("RGBA", (1, 1), "red"), [[OPAQUE_RED]]),
    ("an image, RGBa", Image.new("RGBA", (1, 1), "red").convert("RGBa"), [[OPAQUE_RED]]),
    ("an image, CMYK", Image.new("CMYK", (1, 1), (0, 255, 255, 0)), [[RED]]),
    ("an image, YCbCr", Image.new("YCbCr", (1, 1), (255, 128, 128)), [[WHITE]]),
    ("an image, LA", Image.new("LA", (1, 1), (255, 0)), [[[255, 255, 255, 0]]]),
    ("an image, La", Image.new("LA", (1, 1), (255, 255)).convert("La"), [[OPAQUE_WHITE]]),
    ("a figure", figure(), [[OPAQUE_RED] * 2]),
    (
        "axes",
        figure().add_axes((0, 0, 1, 1), facecolor="red", xticks=[], yticks=[], frame_on=False),
        [[OPAQUE_RED] * 2],
    ),
    ("a canvas", FigureCanvasAgg(figure()), [[OPAQUE_RED] * 2]),
    ("a scene", SimpleNamespace(screenshot=lambda return_img: REDS), [[RED, RED]]),
]


@pytest.mark.parametrize(("picture", "expected"), [kind[1:] for kind in KINDS], ids=[kind[0] for kind in KINDS])
def test_each_kind_is_seen_as_it_is(picture: Any, expected: Any) -> None:
    pixels = Frame(as_data(picture), seq=1, published_s=0.0).pixels
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert pixels.tolist() == expected


def test_a_masked_array_stays_one() -> None:
    masked = np.ma.masked_equal(UNIT, 0)
    assert as_array(masked) is masked


def test_no_optional_package_is_imported_for_what_has_pixels() -> None:
    optional = {"torch", "jax", "cupy", "numba", "tensorflow", "tinygrad", "pyvista"}
    for _, picture, _ in KINDS:
        as_data(picture)
    assert not optional & sys.modules.keys()


async def never_awaited() -> None: ...


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: None, "got None; does it return the picture"),
        (lambda: "picture.png", r"got str; PIL\.Image\.open"),
        (lambda: b"\xff\xd8", r"got bytes; PIL\.Image\.open"),
        (never_awaited, r"got the coroutine never_awaited\(\.\.\.\); await it"),
        (lambda: Figure, "got the class Figure; pass an instance of it"),
        (object, "got object, which NumPy reads as a scalar"),
        (dict, "got dict, which NumPy reads as a scalar"),
        (lambda: 5, "got int, which NumPy reads as a scalar"),
        (lambda: np.float32(5), "got float32, which NumPy reads as a scalar"),
        (lambda: [[1, 2], [3]], "NumPy cannot read list: ValueError"),
        (list, r"got \(0,\); did you mean a\.reshape"),
        (lambda: [["a"]], r"got list of dtype <U1 and shape \(1, 1\); PIL\.Image\.open"),
        (lambda: [[figure()]], r"got list of dtype object and shape \(1, 1\); pass one picture"),
        (lambda: torch_like(np.zeros((2, 2), complex)), r"got SimpleNamespace of dtype complex128 .*np\.abs\(a\)"),
    ],
)
def test_what_is_no_picture_is_refused_with_what_would_do(make: Any, message: str) -> None:
    with pytest.raises(FrameError, match=r"^frame must be an array") as caught:
        as_data(make())
    assert re.search(message, str(caught.value))


class _Raising:
    """Has no attribute, and says so by an error of its own."""

    def __getattr__(self, name: str) -> Any:
        raise KeyError(name)


@pytest.mark.parametrize("make", [_Raising, lambda: MagicMock(spec=np.ndarray)])
def test_what_cannot_even_be_asked_is_refused_too(make: Any) -> None:
    with pytest.raises(FrameError, match="NumPy cannot read"):
        as_array(make())
