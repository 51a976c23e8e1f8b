"""A test card whose every colour follows from its place; `support/card.ts` draws the same one.

Four quadrants, a white border, a black square off the centre, and a strip of black and white cells that count frames.
"""

import numpy as np
import numpy.typing as npt

__all__ = ["COUNTER_BITS", "card"]

BORDER = 8
MARK = 24
CELL = 16
COUNTER_BITS = 10
WHITE = (255, 255, 255)
BLACK = (0, 0, 0)
QUADRANTS = ((220, 40, 40), (40, 180, 60)), ((40, 80, 220), (230, 200, 40))


def card(width: int, height: int, count: int = 0, *, alpha: int | None = None) -> npt.NDArray[np.uint8]:
    """Return the card as `(height, width, 3)`, or with `alpha` `(height, width, 4)` whose right half has that alpha."""
    pixels = np.empty((height, width, 3), np.uint8)
    middle_x, middle_y = width // 2, height // 2
    for row, rows in enumerate((slice(0, middle_y), slice(middle_y, height))):
        for column, columns in enumerate((slice(0, middle_x), slice(middle_x, width))):
            pixels[rows, columns] = QUADRANTS[row][column]
    left, top = width * 7 // 10, height // 4
    pixels[top : top + MARK, left : left + MARK] = BLACK
    for bit in range(COUNTER_BITS):
        place = 2 * BORDER + CELL * bit
        pixels[height - 2 * BORDER - CELL : height - 2 * BORDER, place : place + CELL] = (
            WHITE if count >> bit & 1 else BLACK
        )
    pixels[:BORDER] = pixels[-BORDER:] = WHITE
    pixels[:, :BORDER] = pixels[:, -BORDER:] = WHITE
    if alpha is None:
        return pixels
    opaque = np.full((height, width, 1), 255, np.uint8)
    opaque[:, middle_x:] = alpha
    return np.concatenate((pixels, opaque), axis=2)
