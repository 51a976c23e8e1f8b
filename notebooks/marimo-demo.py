import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb")

with app.setup(hide_code=True):
    import contextlib
    import math
    import time
    from types import SimpleNamespace

    import marimo as mo
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    import marimo_rfb as rfb
    from marimo_rfb import RfbViewer


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Live pictures in a marimo cell

    Python computes every frame of this and the browser shows it, up to sixty a second: two substances spread, and one
    feeds on the other. Move a slider while it grows, or take the mouse and paint.
    """)
    return


@app.cell(hide_code=True)
def _(feed, grain, kill, palette, preset, sow, speed, view):
    _hint = mo.md("""
    **Drag** to paint, **right-drag** to erase; after a click the **wheel** sizes the brush, **R** sows again and **C**
    clears.
    """)
    _controls = mo.vstack([preset, feed, kill, grain, speed, palette, sow, _hint], gap=0.75)
    # Side by side while each has its least width, one below the other on a telephone.
    mo.hstack(
        [view.style(min_width="20rem"), _controls.style(min_width="14rem")],
        widths=[7, 3],
        gap=1.5,
        align="start",
        wrap=True,
    )
    return


@app.cell(hide_code=True)
def _():
    _text = """
    ## Two cells are enough

    The first serves a stream and publishes what `render` returns, thirty times a second. The second looks at it.
    """
    # An app does not show its cells.
    _code = """
    ```python
    display = await rfb.serve(480, 120)
    task = rfb.publish_loop(display, render, fps=30)

    mo.ui.anywidget(RfbViewer(port=display.port, stream="default"))
    ```
    """
    mo.md(_text + _code if mo.app_meta().mode == "run" else _text)
    return


@app.cell
async def _():
    display = await rfb.serve(480, 120)

    x, y = np.meshgrid(np.linspace(-4, 4, 480, dtype=np.float32), np.linspace(-1, 1, 120, dtype=np.float32))
    hues = np.array([0, 2, 4], np.float32)

    def render():
        t = time.monotonic() % 1000
        rings = 3 * np.hypot(x - 2 * math.cos(t), y) + 2 * np.hypot(x + 3 * math.sin(t / 3), y - math.sin(t))
        return 0.5 + 0.5 * np.cos(rings[:, :, None] - 2 * t + hues)

    _task = rfb.publish_loop(display, render, fps=30)
    return (display,)


@app.cell
def _(display):
    mo.ui.anywidget(RfbViewer(port=display.port, stream="default", height=240, width="full", fit="cover"))
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## The reaction

    From here on it is the picture at the top: its stream and its view, the controls, the simulation, the paint, the
    brush, and a loop on a thread of its own. Sliders change `settings` and nothing else, so neither does the reaction
    start anew nor the view reconnect.
    """) if mo.app_meta().mode == "edit" else None
    return


@app.cell
async def _():
    stream = await rfb.serve(720, 480, name="reaction")
    return (stream,)


@app.cell
def _(stream):
    view = mo.ui.anywidget(stream.widget(height=480, fit="cover", alt="Two substances that react, seen from above"))
    return (view,)


@app.cell
def _(palettes):
    preset = mo.ui.dropdown(
        {
            "coral": (0.0545, 0.062),
            "mitosis": (0.0367, 0.0649),
            "worms": (0.05, 0.063),
            "maze": (0.029, 0.057),
            "honeycomb": (0.039, 0.058),
            "chaos": (0.026, 0.051),
        },
        value="coral",
        label="Pattern",
        full_width=True,
    )
    grain = mo.ui.slider(0.08, 0.24, 0.01, value=0.2, label="Grain", show_value=True, full_width=True)
    speed = mo.ui.slider(0, 16, value=6, label="Speed", show_value=True, full_width=True)
    palette = mo.ui.dropdown(palettes, value="moss", label="Palette", full_width=True)
    return grain, palette, preset, speed


@app.cell
def _(preset):
    # In a cell of their own, because a pattern is a place on these two sliders.
    feed = mo.ui.slider(0.01, 0.08, 0.0005, value=preset.value[0], label="Feed", show_value=True, full_width=True)
    kill = mo.ui.slider(0.045, 0.07, 0.0001, value=preset.value[1], label="Kill", show_value=True, full_width=True)
    return feed, kill


@app.cell
def _():
    # What the loop reads before each picture. It is changed and never replaced, so a slider makes no other cell run.
    settings = SimpleNamespace(sow=False)
    sow = mo.ui.button(label="Sow again", on_click=lambda _: setattr(settings, "sow", True), full_width=True)
    return settings, sow


@app.cell
def _(feed, grain, kill, palette, settings, speed):
    settings.feed, settings.kill = feed.value, kill.value
    settings.diffusion = grain.value
    settings.steps = speed.value
    settings.shades = shades_of(palette.value)
    return


@app.class_definition
class Reaction:
    """Gray and Scott's reaction on a torus: `v` turns `u` into more of itself, `u` is fed, `v` decays.

    The arrays have a rim of one cell, so that neighbours are plain slices, and nothing is allocated while it runs.
    """

    def __init__(self, width, height):
        self.width, self.height = width, height
        # Not empty: the painter looks at the rims, also before they were ever filled.
        self.u, self.v, self._next_u, self._next_v = np.zeros((4, height + 2, width + 2), np.float32)
        self._reacting, self._nearby = np.empty((2, height, width), np.float32)
        self.sow()

    def clear(self):
        self.u[:], self.v[:] = 1, 0

    def sow(self):
        self.clear()
        seeds = Image.new("1", (self.width, self.height))
        draw = ImageDraw.Draw(seeds)
        middle = (self.width / 2, self.height / 2)
        draw.text(middle, "marimo", fill=1, anchor="mm", font=ImageFont.load_default(self.width / 4))
        rng = np.random.default_rng()
        for _ in range(12):
            x, y = rng.uniform((0, 0), (self.width, self.height))
            if abs(y - middle[1]) > self.height / 6:
                draw.circle((x, y), rng.uniform(4, 12), fill=1)
        self.put(np.asarray(seeds), (slice(1, -1), slice(1, -1)), u=0.25, v=0.5)

    def put(self, mask, where, *, u, v):
        self.u[where][mask], self.v[where][mask] = u, v

    def step(self, *, feed, kill, diffusion):
        inside = (slice(1, -1), slice(1, -1))
        np.square(self.v[inside], out=self._reacting)
        self._reacting *= self.u[inside]
        self._spread(self.u, self._next_u[inside], diffusion, loss=feed)
        self._spread(self.v, self._next_v[inside], diffusion / 2, loss=feed + kill)
        self._next_u[inside] -= self._reacting
        self._next_u[inside] += feed
        self._next_v[inside] += self._reacting
        self.u, self._next_u = self._next_u, self.u
        self.v, self._next_v = self._next_v, self.v

    def _spread(self, a, result, diffusion, *, loss):
        a[0], a[-1], a[:, 0], a[:, -1] = a[-2], a[1], a[:, -2], a[:, 1]
        np.add(a[:-2, 1:-1], a[2:, 1:-1], out=self._nearby)
        self._nearby += a[1:-1, :-2]
        self._nearby += a[1:-1, 2:]
        self._nearby *= diffusion
        np.multiply(a[1:-1, 1:-1], 1 - 4 * diffusion - loss, out=result)
        result += self._nearby


@app.cell
def _():
    palettes = {
        "moss": ["#06110d", "#0b2a20", "#14553a", "#3f8f3f", "#9cc94a", "#f3f6c4"],
        "ember": ["#0a0610", "#2a0c33", "#7a1640", "#d9472b", "#f9a63a", "#fff3c9"],
        "lagoon": ["#04101f", "#0a2f4f", "#0f6d83", "#33b3a6", "#a9e5c1", "#fdf7e3"],
        "ink": ["#f6f1e6", "#e2d9c6", "#b3a48c", "#6b5f55", "#2f2d33", "#0e1016"],
    }
    return (palettes,)


@app.function
def shades_of(palette):
    """Return 32 shades, from shadow to gloss, of 256 colors, as one table of packed RGBA."""
    stops = np.array([list(bytes.fromhex(color[1:])) for color in palette])
    at = np.linspace(0, len(palette) - 1, 256)
    colors = np.stack([np.interp(at, range(len(palette)), channel) for channel in stops.T], axis=-1)
    tilt = np.linspace(-1, 1, 32)[:, None, None]
    shaded = colors * (1 - 0.75 * np.maximum(-tilt, 0)) + (255 - colors) * 0.65 * np.maximum(tilt, 0) ** 1.5
    table = np.full((32, 256, 4), 255, np.uint8)
    table[:, :, :3] = shaded
    return table.view(np.uint32).ravel()


@app.class_definition
class Painter:
    """Turns amounts into colors: dense is bright, and the slope is lit from the upper left."""

    def __init__(self, width, height):
        shape = (height, width)
        self._level, self._slope = np.empty((2, *shape), np.float32)
        self._row, self._index = np.empty((2, *shape), np.intp)
        self._packed = np.empty(shape, np.uint32)
        self.picture = self._packed.view(np.uint8).reshape(*shape, 4)

    def paint(self, v, shades):
        np.multiply(v[1:-1, 1:-1], 660, out=self._level)
        np.minimum(self._level, 255, out=self._level)
        np.subtract(v[2:, 2:], v[:-2, :-2], out=self._slope)
        self._slope *= 35
        self._slope += 16
        np.clip(self._slope, 0, 31, out=self._slope)
        np.copyto(self._row, self._slope, casting="unsafe")
        np.copyto(self._index, self._level, casting="unsafe")
        self._row *= 256
        self._index += self._row
        # mode="clip" lets `take` write straight into the picture; no index is out of range.
        np.take(shades, self._index, out=self._packed, mode="clip")
        return self.picture


@app.class_definition
class Brush:
    """Follows the pointer of whoever is in the picture; x and y of an event are pixels of the frame."""

    def __init__(self, reaction):
        self.reaction = reaction
        self.radius = 14.0
        self.at = None

    def feel(self, event):
        match event:
            case {"type": "pointer_down", "x": x, "y": y, "buttons": buttons}:
                self.at = (x, y)
                self._stroke(x, y, buttons)
            case {"type": "pointer_move", "x": x, "y": y, "buttons": buttons}:
                self._stroke(x, y, buttons)
            case {"type": "pointer_leave" | "close"}:
                self.at = None
            case {"type": "wheel", "dy": dy}:
                self.radius = min(80.0, max(3.0, self.radius * 1.001**-dy))
            case {"type": "key_down", "key": "r" | "R"}:
                self.reaction.sow()
            case {"type": "key_down", "key": "c" | "C"}:
                self.reaction.clear()

    def _stroke(self, x, y, buttons):
        from_x, from_y = self.at or (x, y)
        self.at = (x, y)
        if buttons:
            dabs = 1 + int(math.dist((x, y), (from_x, from_y)) / (self.radius / 2))
            for part in np.linspace(1, 0, dabs, endpoint=False):
                self._dab(x + (from_x - x) * (1 - part), y + (from_y - y) * (1 - part), erase=2 in buttons)

    def _dab(self, x, y, *, erase):
        radius, height, width = self.radius, self.reaction.height, self.reaction.width
        rows = slice(max(0, int(y - radius)), min(height, int(y + radius) + 2))
        columns = slice(max(0, int(x - radius)), min(width, int(x + radius) + 2))
        row, column = np.ogrid[rows, columns]
        mask = (column - x) ** 2 + (row - y) ** 2 <= radius**2
        where = (slice(rows.start + 1, rows.stop + 1), slice(columns.start + 1, columns.stop + 1))
        self.reaction.put(mask, where, **({"u": 1, "v": 0} if erase else {"u": 0.25, "v": 0.5}))

    def draw(self, picture):
        """Draw the brush's outline, in the inverse of what lies under it."""
        if self.at is None:
            return
        angle = np.linspace(0, 2 * math.pi, int(8 * self.radius) + 8)
        columns = (self.at[0] + self.radius * np.cos(angle)).astype(int)
        rows = (self.at[1] + self.radius * np.sin(angle)).astype(int)
        seen = (columns >= 0) & (rows >= 0) & (columns < picture.shape[1]) & (rows < picture.shape[0])
        picture[rows[seen], columns[seen], :3] = 255 - picture[rows[seen], columns[seen], :3]


@app.cell
def _(stream):
    reaction = Reaction(stream.width, stream.height)
    return (reaction,)


@app.cell
def _(reaction, settings, stream):
    def run(reaction, settings, stream):
        thread = mo.current_thread()
        painter, brush = Painter(stream.width, stream.height), Brush(reaction)
        due = time.monotonic()
        # The thread ends when this cell runs again, and when its stream is closed.
        with contextlib.suppress(rfb.StreamClosed):
            while not (thread.should_exit or stream.closed):
                if stream.client_count == 0:
                    time.sleep(0.1)
                    continue
                for event in stream.poll_events():
                    brush.feel(event.event)
                if settings.sow:
                    settings.sow = False
                    reaction.sow()
                for _ in range(settings.steps):
                    reaction.step(feed=settings.feed, kill=settings.kill, diffusion=settings.diffusion)
                    # A slow machine takes fewer steps rather than fewer pictures.
                    if time.monotonic() > due + 1 / 30:
                        break
                picture = painter.paint(reaction.v, settings.shades)
                brush.draw(picture)
                stream.publish(picture)
                due = max(due + 1 / 60, time.monotonic())
                time.sleep(max(0, due - time.monotonic()))

    # By arguments, because a session that ends takes the notebook's names away before its threads.
    mo.Thread(target=run, args=(reaction, settings, stream), daemon=True).start()
    return


if __name__ == "__main__":
    app.run()
