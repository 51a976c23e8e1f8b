"""The tools of a view's toolbar."""

from enum import StrEnum

__all__ = ["Tool"]


class Tool(StrEnum):
    """A tool of a view's toolbar, for `toolbar=[...]`, which also accepts plain strings such as `"play"`.

    The default toolbar is `list(Tool)`, in that order. Tools that the browser does not support are hidden.

    Attributes:
        PLAY: `"play"`, pauses and resumes the picture.
        SCREENSHOT: `"screenshot"`, saves the published frame as a lossless PNG, and copies it to the clipboard.
        RECORD: `"record"`, records a video of the picture.
        FULLSCREEN: `"fullscreen"`, enters and leaves full screen.
        FIT: `"fit"`, cycles through contain, cover and fill.
        ZOOM_IN: `"zoom_in"`, zooms in by a factor of 1.5.
        ZOOM_OUT: `"zoom_out"`, zooms out by the same factor.
        ZOOM_RESET: `"zoom_reset"`, shows the zoom factor, and resets it to show the whole picture.
        INSPECT: `"inspect"`, shows position and published value of the pixel under the pointer.
        CODEC: `"codec"`, selects the codec.
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
