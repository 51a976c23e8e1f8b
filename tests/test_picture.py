import io
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from marimo_rfb.errors import FrameError
from marimo_rfb.frame import as_pixels
from marimo_rfb.picture import as_array, range_hint

RNG = np.random.default_rng(7)
COLORS = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)


def decoded(image: Image.Image, **parameters: Any) -> Image.Image:
    file = io.BytesIO()
    image.save(file, **parameters)
    return Image.open(io.BytesIO(file.getvalue()))


class TestPillow:
    @pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV", "LAB", "RGBX"])
    def test_an_image_is_what_it_looks_like(self, mode: str) -> None:
        whole = Image.fromarray(COLORS)
        image = Image.new("LAB", (7, 5), (120, 30, 200)) if mode == "LAB" else whole.convert(mode)
        pixels = as_pixels(image)
        assert pixels.shape == (5, 7, 3)
        np.testing.assert_array_equal(pixels, np.asarray(image.convert("RGB")))

    @pytest.mark.parametrize("mode", ["LA", "PA", "La", "RGBA", "RGBa"])
    def test_one_with_alpha_keeps_it(self, mode: str) -> None:
        alpha = np.full((5, 7, 1), 255, np.uint8)
        alpha[2:] = 100
        whole = Image.fromarray(np.concatenate([COLORS, alpha], axis=2))
        if mode == "PA":
            image = Image.fromarray(COLORS).quantize(8)
            image.putalpha(whole.getchannel("A"))
        else:
            image = (whole.convert("LA") if mode == "La" else whole).convert(mode)
        assert image.mode == mode
        pixels = as_pixels(image)
        assert pixels[:, :, 3].tolist() == alpha[:, :, 0].tolist()
        seen = image.convert("LA") if mode == "La" else image
        np.testing.assert_array_equal(pixels, np.asarray(seen.convert("RGBA")))

    def test_every_frame_of_a_gif_is_in_its_colors(self) -> None:
        frames = [Image.new("RGB", (4, 4), name).quantize(8) for name in ("red", "lime", "blue")]
        gif = decoded(frames[0], format="GIF", save_all=True, append_images=frames[1:])
        for index, color in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255)]):
            gif.seek(index)
            assert as_pixels(gif)[0, 0, :3].tolist() == list(color)

    @pytest.mark.parametrize("mode", ["P", "RGB", "L"])
    def test_a_color_that_a_png_calls_transparent_is(self, mode: str) -> None:
        image = Image.new("RGB", (2, 1), "red")
        image.putpixel((1, 0), (0, 0, 0))
        image = image.convert(mode, palette=Image.Palette.ADAPTIVE)
        pixel = image.getpixel((1, 0))
        pixels = as_pixels(decoded(image, format="PNG", transparency=pixel))
        assert pixels[0, :, 3].tolist() == [255, 0]

    @pytest.mark.parametrize("mode", ["I", "I;16"])
    def test_data_of_unknown_range_is_refused_as_in_an_array(self, mode: str) -> None:
        with pytest.raises(FrameError, match=r"frame must be uint8"):
            as_pixels(Image.new(mode, (2, 2)))

    def test_floats_are_0_to_1_as_in_an_array(self) -> None:
        assert as_pixels(Image.new("F", (1, 1), 1.0)).tolist() == [[[255, 255, 255]]]


def test_what_has_dlpack_alone_is_taken() -> None:
    class Tensor:
        def __dlpack__(self, **options: Any) -> Any:
            return COLORS.__dlpack__(**options)

        def __dlpack_device__(self) -> Any:
            return COLORS.__dlpack_device__()

    np.testing.assert_array_equal(as_pixels(Tensor()), COLORS)


def test_dlpack_of_another_device_is_refused_with_what_to_do() -> None:
    class Tensor:
        def __dlpack__(self, **options: Any) -> Any:
            raise BufferError("of another device")

        def __dlpack_device__(self) -> Any:
            return (2, 0)

    with pytest.raises(FrameError, match=r"cannot read Tensor: .*; copy it to the CPU first"):
        as_array(Tensor())


def test_a_tensor_that_numpy_cannot_read_is_told_how_it_could() -> None:
    class Tensor:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            raise RuntimeError("it requires grad")

        def detach(self) -> Any: ...

        def cpu(self) -> Any: ...

    with pytest.raises(FrameError, match=r"it requires grad; pass picture\.detach\(\)\.cpu\(\)"):
        as_array(Tensor())


def test_what_has_an_array_interface_alone_is_taken() -> None:
    class Buffer:
        __array_interface__ = COLORS.__array_interface__

    np.testing.assert_array_equal(as_pixels(Buffer()), COLORS)


class Canvas:
    buffer_rgba = print


class Figure(SimpleNamespace):
    savefig = print


async def never_awaited() -> None: ...


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: None, "got None; does it return the picture"),
        (lambda: "picture.png", r"got str; PIL\.Image\.open"),
        (lambda: b"\xff\xd8", r"got bytes; PIL\.Image\.open"),
        (lambda: Figure(canvas=Canvas()), r"got Figure; fig\.canvas\.draw\(\) and .*buffer_rgba\(\)"),
        (lambda: Figure(canvas=object()), r"got Figure; canvas = .*FigureCanvasAgg\(fig\), canvas\.draw\(\) and .*"),
        (
            lambda: SimpleNamespace(figure=Figure(canvas=Canvas())),
            r"got SimpleNamespace; with fig = ax\.figure, fig\.canvas\.draw",
        ),
        (never_awaited, r"got the coroutine never_awaited\(\.\.\.\); await it"),
        (lambda: Canvas(), r"got Canvas; np\.asarray\(canvas\.buffer_rgba\(\)\)"),
        (object, "got object, which NumPy reads as a scalar"),
        (dict, "got dict, which NumPy reads as a scalar"),
        (lambda: 5, "got int, which NumPy reads as a scalar"),
        (lambda: [[1, 2], [3]], "NumPy cannot read list"),
    ],
)
def test_what_is_no_picture_is_refused_with_what_would_do(make: Any, message: str) -> None:
    with pytest.raises(FrameError, match=message):
        as_pixels(make())


class TestRange:
    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    @pytest.mark.parametrize("shape", [(48, 64), (48, 64, 3), (3, 48, 64), (1, 48, 64, 3)])
    def test_floats_up_to_255_look_like_bytes(self, dtype: Any, shape: tuple[int, ...]) -> None:
        assert "Divide them by 255, or call .astype" in range_hint(RNG.uniform(0, 255, shape).astype(dtype))

    @pytest.mark.parametrize(
        ("top", "message"),
        [(4095.0, r"up to 65535\. Divide them by 65535"), (65535.0, "up to 65535"), (1e6, "far beyond.*their maximum")],
    )
    def test_floats_of_more_bits_are_told_of_too(self, top: float, message: str) -> None:
        assert re.search(message, range_hint(RNG.uniform(0, top, (48, 64))))

    def test_floats_up_to_1_do_not(self) -> None:
        assert not range_hint(RNG.uniform(0, 1, (48, 64, 3)))

    def test_nor_does_a_highlight(self) -> None:
        picture = RNG.uniform(0, 1, (64, 64))
        picture[:8, :8] = 40.0
        assert not range_hint(picture)

    def test_nor_does_what_is_no_number_or_no_picture(self) -> None:
        assert not range_hint(np.full((8, 8), np.nan))
        assert not range_hint(np.full((8, 8), np.inf))
        assert not range_hint(np.full((8, 8), 200, np.uint8))
        assert not range_hint(np.zeros(0))
