"""The tools of a view's toolbar."""

from enum import StrEnum

__all__ = ["DEFAULT_TOOLS", "FIGURE_TOOLS", "Tool"]


class Tool(StrEnum):
    """A tool of a view's toolbar, for `toolbar=[...]`, which also accepts plain strings such as `"play"`.

    The default toolbar has the tools up to `HUD`, in that order. Those from `HOME` on act on a figure only; the views
    of `marimo_rfb.figure` have them. Tools that the browser or the stream does not support are hidden.

    Attributes:
        PLAY: `"play"`, pauses and resumes the picture.
        SCREENSHOT: `"screenshot"`, saves the published frame as a lossless PNG, and copies it to the clipboard.
        RECORD: `"record"`, records a video of the picture.
        FULLSCREEN: `"fullscreen"`, enters and leaves full screen.
        FIT: `"fit"`, cycles through contain, cover and fill.
        ZOOM_IN: `"zoom_in"`, zooms in by a factor of 1.5.
        ZOOM_OUT: `"zoom_out"`, zooms out by the same factor.
        ZOOM_RESET: `"zoom_reset"`, shows the zoom factor, and resets it to show the whole picture.
        CONTRAST: `"contrast"`, changes how published numbers become colors, for all viewers; hidden for other pictures.
        INSPECT: `"inspect"`, shows position and published value of the pixel under the pointer.
        CODEC: `"codec"`, selects the codec.
        HUD: `"hud"`, shows and hides the measurements.
        HOME: `"home"`, restores the first limits of a figure's axes.
        BACK: `"back"`, goes back to the limits before.
        FORWARD: `"forward"`, goes forward again.
        PAN: `"pan"`, switches on and off that a drag moves the axes.
        ZOOM_RECT: `"zoom_rect"`, switches on and off that a drag zooms to a rectangle.
        SAVE: `"save"`, saves the figure as a file.
    """

    PLAY = "play"
    SCREENSHOT = "screenshot"
    RECORD = "record"
    FULLSCREEN = "fullscreen"
    FIT = "fit"
    ZOOM_IN = "zoom_in"
    ZOOM_OUT = "zoom_out"
    ZOOM_RESET = "zoom_reset"
    CONTRAST = "contrast"
    INSPECT = "inspect"
    CODEC = "codec"
    HUD = "hud"
    HOME = "home"
    BACK = "back"
    FORWARD = "forward"
    PAN = "pan"
    ZOOM_RECT = "zoom_rect"
    SAVE = "save"


FIGURE_TOOLS = (Tool.HOME, Tool.BACK, Tool.FORWARD, Tool.PAN, Tool.ZOOM_RECT, Tool.SAVE)
DEFAULT_TOOLS = tuple(tool for tool in Tool if tool not in FIGURE_TOOLS)
