import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: the viewer")

with app.setup(hide_code=True):
    import marimo as mo
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    import marimo_rfb as rfb


@app.cell(hide_code=True)
def _():
    mo.md("""
    # The viewer

    An island that was never surveyed, in the light of one day. **Point at the picture**: its tools appear. Hold
    **Control** (on a Mac **Command**) and turn the wheel, or pinch on a trackpad, and you go down to the single pixel;
    drag with the key held to move. The tools from the left: hold the picture, save it, record a film, full screen, how
    it fits, nearer, farther, all of it, read single pixels, how it is encoded, and what it costs.
    """)
    return


@app.cell
def _(land):
    @rfb.animate(
        fps=30, height=460, fit="cover", alt="An island in the light of the sun, which goes round", show_stats=True
    )
    def island(t):
        return land.lit(azimuth=0.4 * t)

    island
    return (island,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Where somebody looks is a value

    `island.seen()` is the part of the picture that is on screen, in pixels of the frame; cells that call it run when
    somebody zooms or pans. And `island.region = x, y, width, height` goes there, `None` shows everything.
    """)
    return


@app.cell
def _(island):
    seen = island.seen
    return (seen,)


@app.cell
def _(land, seen):
    x, y, wide, high = seen() or (0, 0, land.width, land.height)
    part = land.height_m[int(y) : int(y + high) + 1, int(x) : int(x + wide) + 1]
    mo.hstack(
        [
            mo.stat(f"{wide * land.PIXEL_KM:.1f} × {high * land.PIXEL_KM:.1f} km", label="on screen"),
            mo.stat(f"{part.max():.0f} m", label="highest point"),
            mo.stat(f"{100 * np.mean(part < 0):.0f} %", label="water"),
        ],
        widths="equal",
    )
    return


@app.cell
def _(island, land):
    def go_to_the_peak(_):
        top_y, top_x = np.unravel_index(land.height_m.argmax(), land.height_m.shape)
        island.region = (top_x - 48, top_y - 27, 96, 54)

    def go_back(_):
        island.region = None

    to_the_peak = mo.ui.button(label="To the highest peak", on_click=go_to_the_peak)
    back = mo.ui.button(label="The whole island", on_click=go_back)
    mo.hstack([to_the_peak, back], justify="start")
    return back, to_the_peak


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Two that move together

    Views with the same name in `linked=` show the same part. With `zoom_by="gesture"` plain gestures zoom: the wheel
    after a click, two fingers, a double click, **+ - 0** and the arrows; a drag moves the picture. Clicks still go to
    Python: height and slope under the last one stand below.
    """)
    return


@app.cell
def _(land):
    shared = {
        "linked": "survey",
        "zoom_by": "gesture",
        "aspect": "frame",
        "toolbar": ["zoom_in", "zoom_out", "zoom_reset", "inspect"],
    }
    heights = rfb.frame(
        land.colors, name="heights", alt="Heights: water blue, lowlands green, mountains white", **shared
    )
    slopes = rfb.frame(land.slopes, name="slopes", alt="Slopes: flat land dark, steep land bright", **shared)
    mo.hstack([heights, slopes], widths="equal", gap=0.5)
    return heights, slopes


@app.cell
def _(heights, land, slopes):
    def spot_of(view):
        event = view.value or {}
        return (int(event["x"]), int(event["y"])) if event.get("type") == "pointer_down" else None

    spot = spot_of(heights) or spot_of(slopes)
    told = "Click in one of them."
    if spot is not None:
        across, down = spot
        told = (
            f"At **{across}, {down}**: {land.height_m[down, across]:.0f} m, {land.slope_deg[down, across]:.0f}° steep."
        )
    mo.md(told)
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## As large as it is shown

    With `resize_policy="match_client"` an animation is asked for the size it is shown at, in pixels of the screen:
    `tick.size`. One pixel that is drawn is one that lights up, also on a screen with two for each of the page's. Drag
    the corner of the picture.
    """)
    return


@app.cell
def _():
    @rfb.animate(
        fps=20, height=180, resize_policy="match_client", toolbar=["fullscreen"], alt="A star of lines one pixel wide"
    )
    def star(t, tick):
        width, height = tick.size
        picture = Image.new("RGB", (width, height), "#12161c")
        draw = ImageDraw.Draw(picture)
        middle = (width / 2, height / 2)
        for turn in np.linspace(0, 2 * np.pi, 72, endpoint=False) + 0.05 * t:
            end = (middle[0] + width * np.cos(turn), middle[1] + width * np.sin(turn))
            draw.line([middle, end], fill="#7fd1ff", width=1)
        text = f"{width} x {height}"
        font = ImageFont.load_default(height / 8)
        draw.text(middle, text, fill="white", font=font, anchor="mm", stroke_width=height // 40, stroke_fill="#12161c")
        return picture

    star
    return (star,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Everything a hand can do

    A pad that listens. Draw with the mouse, with fingers, or with a pen, whose pressure it feels; then type, in any
    writing your keyboard has, and paste. `text_input=True` asks for the keyboard of a phone and for input methods,
    `clipboard=True` for what is pasted; `stream.cursor` sets the pointer. **Escape** leaves the pad.
    """)
    return


@app.cell
def _():
    pad = Pad(960, 300)

    @rfb.animate(
        fps=30,
        aspect="frame",
        text_input=True,
        clipboard=True,
        resizable=False,
        toolbar=["screenshot", "fullscreen"],
        alt="A pad to draw and to write on",
    )
    def sheet(t, tick):
        for event in tick.events:
            pad.feel(event.event)
        return pad.picture

    sheet.cursor = "crosshair"
    sheet
    return (sheet,)


@app.cell
def _(sheet):
    typed, pasted = sheet.on("char"), sheet.on("paste")
    return pasted, typed


@app.cell
def _(pasted, typed):
    character, text = typed() or {}, pasted() or {}
    mo.hstack(
        [
            mo.stat(
                character.get("data", "–"), label="being composed" if character.get("is_composing") else "typed last"
            ),
            mo.stat(text.get("data", "–")[:40], label="pasted last"),
        ],
        justify="start",
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Your own chrome

    `RfbCanvas`, or `stream.widget(batteries=False)`, is the picture alone. Whatever the viewer's chrome knows and does
    is a trait, so that it can be built of marimo's elements: `paused`, `zoom`, `region`, `codec`, `fit`, and to be
    observed `state`, `stats`, `transport`, `transport_reason`, `last_error`.
    """)
    return


@app.cell
def _(star):
    bare = star.stream.widget(batteries=False, height=120)
    held = mo.ui.switch(label="held", on_change=lambda on: bare.set_trait("paused", on))
    nearer = mo.ui.slider(1, 8, step=0.1, label="zoom", on_change=lambda zoom: bare.set_trait("zoom", zoom))
    mo.vstack([mo.ui.anywidget(bare), mo.hstack([held, nearer], justify="start", gap=2)])
    return bare, held, nearer


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Your own colors

    The look is made of custom properties, which reach into every view from a style sheet anywhere on the page, and of
    parts: `::part(rfb-toolbar)` and so on. In Jupyter the classes do as well. `docs/viewer.md` has the table.
    """)
    return


@app.cell
def _():
    looks = {
        "as the page": "",
        "amber": """--rfb-bg: #1b1408; --rfb-fg: #ffcf7d; --rfb-accent: #ff9f1c; --rfb-overlay-bg: #2a1f0cf0;
            --rfb-radius: 0px""",
        "paper": """--rfb-bg: #efe9dc; --rfb-fg: #3b3226; --rfb-accent: #8c4a2f; --rfb-overlay-bg: #fbf7eef5;
            --rfb-radius: 12px""",
    }
    look = mo.ui.radio(looks, value="as the page", inline=True)
    look
    return (look,)


@app.cell
def _(look):
    mo.Html(f"<style>:root {{ {look.value} }}</style>")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## The rest

    The island and the pad.
    """)
    return


@app.cell
def _():
    land = Land(960, 540)
    return (land,)


@app.class_definition(hide_code=True)
class Land:
    """An island of fractal heights; waves of all lengths, the long ones high."""

    PIXEL_KM = 0.05

    def __init__(self, width, height, seed=11):
        self.width, self.height = width, height
        random = np.random.default_rng(seed)
        wave_y, wave_x = np.meshgrid(np.fft.fftfreq(height), np.fft.rfftfreq(width), indexing="ij")
        frequency = np.hypot(wave_x, wave_y)
        frequency[0, 0] = np.inf
        waves = random.normal(size=frequency.shape) + 1j * random.normal(size=frequency.shape)
        relief = np.fft.irfft2(waves / frequency**1.9, s=(height, width))
        across, down = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
        shore = 1.25 - 2.2 * (np.abs(across) ** 2.4 + np.abs(down) ** 2.4)
        self.height_m = (1300 * (0.62 * relief / relief.std() + shore) - 250).astype(np.float32)
        ground = np.maximum(self.height_m, 0)
        self.rise_y, self.rise_x = np.gradient(ground, 1000 * self.PIXEL_KM)
        self.steepness = np.sqrt(1 + self.rise_x**2 + self.rise_y**2)
        self.slope_deg = np.degrees(np.arctan(np.hypot(self.rise_x, self.rise_y)))
        self.colors = self._colors()
        self.slopes = self._slopes()

    def lit(self, azimuth, altitude=0.6):
        """Return the island as the sun shows it, uint8 (height, width, 3); angles in radians."""
        toward = np.cos(altitude) * np.cos(azimuth), np.cos(altitude) * np.sin(azimuth)
        light = (np.sin(altitude) - toward[0] * self.rise_x - toward[1] * self.rise_y) / self.steepness
        light = np.where(self.height_m < 0, 0.85, 0.25 + 0.95 * np.clip(light, 0, 1))
        return np.clip(self.colors * light[:, :, None], 0, 255).astype(np.uint8)

    def _colors(self):
        stops_m = [-2500, -400, -1, 0, 60, 500, 1300, 2100, 2700]
        tints = ["#0b2545", "#1d5f8a", "#5aa9c4", "#d9cfa3", "#7f9f5a", "#5c8147", "#8a7a55", "#a39a8c", "#f4f6f8"]
        channels = np.array([[int(tint[i : i + 2], 16) for tint in tints] for i in (1, 3, 5)])
        return np.stack([np.interp(self.height_m, stops_m, channel) for channel in channels], axis=2).astype(np.uint8)

    def _slopes(self):
        bright = np.clip(self.slope_deg / 45, 0, 1)
        return (
            (255 * np.stack([bright**0.6, bright**1.4, 0.25 + 0.35 * bright**3], axis=2)).clip(0, 255).astype(np.uint8)
        )


@app.class_definition(hide_code=True)
class Pad:
    """A sheet that takes strokes; all pointers draw at once, each with its own ink."""

    INKS = ("#ffd166", "#06d6a0", "#4cc9f0", "#ef476f", "#f78c6b")

    def __init__(self, width, height):
        self._image = Image.new("RGB", (width, height), "#161a22")
        self._draw = ImageDraw.Draw(self._image)
        self._last = {}

    @property
    def picture(self):
        """The sheet, uint8 (height, width, 3)."""
        return np.asarray(self._image)

    def feel(self, event):
        """Take an event; a stroke is as wide as a pen is pressed."""
        if not event["type"].startswith("pointer_"):
            return
        pointer, at = event.get("pointer_id", 0), (event["x"], event["y"])
        before = self._last.pop(pointer, at)
        if not event["buttons"]:
            return
        self._last[pointer] = at
        width = round(3 + 14 * event.get("pressure", 0.5))
        ink = self.INKS[pointer % len(self.INKS)]
        self._draw.line([before, at], fill=ink, width=width)
        self._draw.circle(at, width / 2, fill=ink)


if __name__ == "__main__":
    app.run()
