"""Pictures as OpenCV makes them, with blue first: `make test-extras`."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

import marimo_rfb as rfb

cv2: Any = pytest.importorskip("cv2")

RED, GREEN, CLEAR_BLUE = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 40)


def png(mode: str) -> Any:
    image = Image.new("RGBA", (3, 1))
    image.putdata([RED, GREEN, CLEAR_BLUE])
    file = io.BytesIO()
    image.convert(mode).save(file, "PNG")
    return np.frombuffer(file.getvalue(), np.uint8)


def shown(picture: Any, order: Any) -> Any:
    stream = rfb.stream("camera", order=order)
    try:
        stream.publish(picture)
        assert stream.newest is not None
        return stream.newest.pixels.tolist()
    finally:
        stream.close()


def test_a_file_that_opencv_reads_is_seen_in_its_colors() -> None:
    picture = cv2.imdecode(png("RGB"), cv2.IMREAD_COLOR)
    assert picture[0, 0].tolist() == [0, 0, 255]
    assert shown(picture, "bgr") == [[[*RED[:3]], [*GREEN[:3]], [0, 0, 255]]]


def test_alpha_stays_alpha() -> None:
    picture = cv2.imdecode(png("RGBA"), cv2.IMREAD_UNCHANGED)
    assert shown(picture, "bgra") == shown(picture, "bgr") == [[[*RED], [*GREEN], [*CLEAR_BLUE]]]


def test_gray_and_what_opencv_has_converted_need_no_order() -> None:
    picture = cv2.imdecode(png("RGB"), cv2.IMREAD_COLOR)
    assert shown(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), "rgb") == shown(picture, "bgr")
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    assert shown(gray, "bgr") == [[[level] * 3 for level in gray[0].tolist()]]
