"""What the toolbar over a view may hold."""

from enum import StrEnum

__all__ = ["Tool"]


class Tool(StrEnum):
    """A tool of the toolbar over a view, for `toolbar=[...]`: there its plain name, such as `"play"`, does as well.

    `list(Tool)` is what the toolbar holds unless told otherwise, in that order. A tool that the browser has no means
    for is left out.

    Attributes:
        PLAY: `"play"`, holds the picture and lets it go on.
        SCREENSHOT: `"screenshot"`, saves the pixels as they were published, as PNG, and copies them.
        RECORD: `"record"`, records a film of the picture.
        FULLSCREEN: `"fullscreen"`, fills the screen, and goes back.
        FIT: `"fit"`, goes on to the next of contain, cover and fill.
        ZOOM_IN: `"zoom_in"`, by a factor of 1.5.
        ZOOM_OUT: `"zoom_out"`, by the same factor.
        ZOOM_RESET: `"zoom_reset"`, shows how much is zoomed, and the whole picture again.
        INSPECT: `"inspect"`, shows place and values of the pixel under the pointer, as published.
        CODEC: `"codec"`, chooses the encoding.
        HUD: `"hud"`, shows and hides the measurements.
    """

    PLAY = "play"
    SCREENSHOT = "screenshot"
    RECORD = "record"
    FULLSCREEN = "fullscreen"
    FIT = "fit"
    ZOOM_IN = "zoom_in"
    ZOOM_OUT = "zoom_out"
    ZOOM_RESET = "zoom_reset"
    INSPECT = "inspect"
    CODEC = "codec"
    HUD = "hud"
