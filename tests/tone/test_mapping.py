from typing import Any

import numpy as np
import pytest

from marimo_rfb.tone.mapping import BLOCK, each_byte, each_color, gray_pixels, reordered, table_of

OPAQUE, CLEAR = np.frombuffer(b"\x01\x02\x03\xff\x04\x05\x06\x80", np.uint32)


def striped(numbers: Any) -> Any:
    """Return colors whose bytes tell each number from its neighbors."""
    rgba = np.empty((numbers.size, 4), np.uint8)
    for channel in range(3):
        rgba[:, channel] = numbers.reshape(-1) * (channel + 3) + channel
    rgba[:, 3] = 255
    return rgba.view(np.uint32).reshape(numbers.shape)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (3, 1), (2, BLOCK), (3, BLOCK - 1), (1, BLOCK + 1)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32])
def test_every_pixel_has_its_three_bytes(shape: tuple[int, int], dtype: Any) -> None:
    data = np.arange(shape[0] * shape[1]).reshape(shape).astype(dtype)
    pixels = each_color(data, striped, table_of(np.dtype(dtype), striped))
    expected = striped(data).view(np.uint8).reshape(*shape, 4)[:, :, :3]
    np.testing.assert_array_equal(pixels, expected)
    assert pixels.flags.c_contiguous


@pytest.mark.parametrize("at", [0, BLOCK, 2 * BLOCK + 5])
def test_one_color_that_is_not_opaque_gives_all_an_alpha_channel(at: int) -> None:
    data = np.zeros((3, BLOCK), np.int32)
    data.flat[at] = 1
    pixels = each_color(data, lambda numbers: np.where(numbers == 1, CLEAR, OPAQUE), None)
    assert pixels.shape == (3, BLOCK, 4)
    assert pixels.reshape(-1, 4)[at].tolist() == [4, 5, 6, 128]
    assert (pixels[:, :, 3] != 255).sum() == 1


def test_a_table_has_every_number_of_a_small_type_by_its_bits() -> None:
    for dtype in (np.int8, ">i2", np.float16, bool):
        table = table_of(np.dtype(dtype), lambda numbers: numbers)
        assert table is not None
        bits = np.arange(len(table), dtype=f"u{np.dtype(dtype).itemsize}")
        if dtype is not bool:
            np.testing.assert_array_equal(table, bits.view(np.dtype(dtype).newbyteorder("=")))
    assert table_of(np.dtype(np.float32), lambda numbers: numbers) is None


def test_strides_and_byte_order_make_no_difference() -> None:
    data = np.arange(24, dtype=">i4").reshape(4, 6)[::-1, ::2]
    np.testing.assert_array_equal(each_byte(data, lambda numbers: numbers.astype(np.uint8), None), data)


def test_gray_becomes_three_channels_and_blue_first_red_first() -> None:
    gray = np.arange(40, dtype=np.uint8).reshape(20, 2)
    np.testing.assert_array_equal(gray_pixels(gray), np.repeat(gray[:, :, None], 3, axis=2))
    colors = np.arange(160, dtype=np.uint8).reshape(20, 2, 4)
    np.testing.assert_array_equal(reordered(colors), colors[:, :, [2, 1, 0, 3]])
    np.testing.assert_array_equal(reordered(colors[:, :, :3]), colors[:, :, [2, 1, 0]])
