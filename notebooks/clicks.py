import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: clicks and selections")

with app.setup(hide_code=True):
    import asyncio
    import time
    from collections import deque
    from types import SimpleNamespace

    import marimo as mo
    import numpy as np
    from PIL import Image, ImageDraw, ImageFilter, ImageFont

    import marimo_rfb as rfb


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Clicks and selections

    Living cells under a microscope, each with three stains: blue in the nucleus, green in the skeleton, red in what
    moves it. **Drag a rectangle** over some of them: it is magnified and measured while they move. **Double-click** a
    cell to follow it, **click** to pick a color. After a click, **1 2 3** switch the stains off and on, the **arrows**
    move the stage, the **wheel** zooms and **space** pauses.
    """)
    return


@app.cell(hide_code=True)
def _(happened, histogram, lens, measured, stage):
    mo.vstack(
        [
            mo.hstack(
                [stage.style(min_width="20rem"), mo.vstack([lens, histogram], gap=1).style(min_width="16rem")],
                widths=[9, 4],
                gap=1,
                align="start",
                wrap=True,
            ),
            measured,
            happened,
        ],
        gap=1,
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## The picture

    An animation can act on what people do before it draws: `tick.events` are the events since the picture before. Here
    they move the stage, zoom and switch stains, and no cell runs for that. What other cells want to have drawn they
    write into `marks`. It is changed and never replaced, so none of them makes this cell run.
    """)
    return


@app.cell
def _():
    marks = SimpleNamespace(rect=(270, 150, 450, 290), band=None, followed=None)
    microscope = Microscope()
    return marks, microscope


@app.cell
def _(marks, microscope):
    @rfb.animate(fps=30, height=480, fit="cover", alt="Living cells in three colors, under a microscope")
    def stage(t, tick):
        for event in tick.events:
            microscope.feel(event.event)
        picture = microscope.look(t)
        if marks.followed is not None:
            draw_ring(picture, *microscope.camera_at(*microscope.cells[marks.followed]), 60 * microscope.zoom)
        draw_frame(picture, marks.band or marks.rect)
        return picture

    return (stage,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## A rectangle

    `stage.on("drag")` is a getter of the last drag: start, end, and the rectangle in pixels of the frame, ready to
    be used as indices; `where=` leaves out those that are too small to be meant. `stage.on("dragging")` tells the
    same while the button is still held, which makes the rubber band. The two pictures on the right are animations
    of their own. They look at `stage.stream.newest`, the frame that was published last, so what they magnify and
    count goes on moving.
    """)
    return


@app.cell
def _(stage):
    def is_large(drag):
        left, top, right, bottom = drag["rect"]
        return right - left > 8 and bottom - top > 8

    drag = stage.on("drag", where=is_large)
    dragging = stage.on("dragging", max_hz=60)
    return drag, dragging


@app.cell
def _(dragging, marks):
    marks.band = dragging()["rect"] if dragging() else None
    return


@app.cell
def _(drag, marks):
    if drag():
        marks.rect = drag()["rect"]
    return


@app.cell
def _(marks, stage):
    def selected():
        left, top, right, bottom = marks.rect
        frame = stage.stream.newest
        return np.zeros((140, 180, 3), np.uint8) if frame is None else frame.pixels[top:bottom, left:right]

    return (selected,)


@app.cell
def _(selected):
    lens = rfb.animate(
        lambda t: magnified(selected()), fps=15, name="lens", height=232, fit="cover", alt="The selection, magnified"
    )
    histogram = rfb.animate(
        lambda t: curves(selected()),
        fps=15,
        name="histogram",
        height=232,
        fit="cover",
        alt="How bright the selection is",
    )
    return histogram, lens


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## A color, a cell, a key

    `on("pick")` tells of each press which pixel it hit and the color that Python had put there; on screen it may be a
    little different, because JPEG is not exact. The other two getters wait for a double click that hits a cell and for
    the space bar.
    """)
    return


@app.cell
def _(microscope, stage):
    pick = stage.on("pick")
    hit = stage.on("double_click", where=lambda event: microscope.cell_at(event["x"], event["y"]) is not None)
    space = stage.on("key_down", where=lambda event: event["key"] == " ")
    return hit, pick, space


@app.cell
def _(hit, marks, microscope):
    marks.followed = microscope.cell_at(hit()["x"], hit()["y"]) if hit() else None
    return


@app.cell
def _(space, stage):
    mo.stop(space() is None)
    stage.pause() if stage.playing else stage.play()
    return


@app.cell(hide_code=True)
def _(drag, hit, marks, pick):
    drag(), hit()  # what changes the marks
    _left, _top, _right, _bottom = marks.rect
    _color = pick()["rgb"] if pick() else (40, 44, 56)
    _swatch = f"width: 3.5rem; height: 3.5rem; border-radius: 6px; border: 1px solid #8886; background: rgb{_color}"
    _stains = dict(zip(("blue", "green", "red"), stains_of(_color), strict=True))
    measured = mo.hstack(
        [
            mo.Html(f'<div style="{_swatch}"></div>'),
            mo.stat(", ".join(map(str, _color)) if pick() else "–", label="picked color"),
            mo.stat(max(_stains, key=_stains.get) if pick() and max(_color) > 40 else "–", label="strongest stain"),
            mo.stat(f"{0.2 * (_right - _left):.0f} × {0.2 * (_bottom - _top):.0f} µm", label="selected"),
            mo.stat("–" if marks.followed is None else f"no. {marks.followed}", label="followed cell"),
        ],
        justify="start",
        align="center",
        gap=2,
        wrap=True,
    )
    return (measured,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Once for each click

    `on_click` calls a function once for each click, and the function may set state: click below to count what you see.
    A cell that sets state because of `value` would run again and again, because the value stays.
    """)
    return


@app.cell
def _():
    get_marks, set_marks = mo.state([])
    return get_marks, set_marks


@app.cell
def _(get_marks, set_marks):
    tally = np.full((90, 720, 3), (24, 26, 34), np.uint8)
    for _x, _y in get_marks():
        tally[max(0, _y - 3) : _y + 4, max(0, _x - 3) : _x + 4] = (250, 180, 60)
    counted = rfb.frame(tally, height=90, alt="A mark for each click")
    counted.on_click(lambda click: set_marks(lambda marks: [*marks, (int(click["x"]), int(click["y"]))]))
    mo.vstack([counted, mo.md(f"{len(get_marks())} counted")])
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Everything that happens

    Those who want every single event, from anywhere in the notebook, get them from `stage.events()`. A task notes them
    as they come, and ends when its cell runs again. The tape shows those of the last ten seconds, the newest on the
    right.
    """)
    return


@app.cell
async def _(stage):
    seen = deque(maxlen=2000)

    async def note():
        async for event in stage.events():
            seen.append((time.monotonic(), event.type))

    _noting = asyncio.create_task(note())
    await asyncio.sleep(0)  # from now on nothing is missed
    return (seen,)


@app.cell
def _(seen):
    happened = rfb.animate(
        lambda t: tape(list(seen)),
        fps=15,
        name="tape",
        height=120,
        width="full",
        alt="What happened in ten seconds",
    )
    return (happened,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## The microscope

    From here on it is biology and paint.
    """) if mo.app_meta().mode == "edit" else None
    return


@app.class_definition
class Microscope:
    """A stage that moves over a slide of cells, and a camera. Positions on the slide are its pixels."""

    def __init__(self, width=720, height=480):
        self.stains, self.cells = slide()
        self.width, self.height = width, height
        self.at, self.zoom, self.shown = np.array([500.0, 330.0]), 1.0, [1, 1, 1]
        self.t = 0.0
        rng = np.random.default_rng(5)
        self.noise = rng.normal(0, 5, (height + 64, width + 64)).clip(0, 255).astype(np.uint8)
        # Vesicles go to and fro on lines that start in a nucleus: which cell, where the line ends, how fast.
        self.vesicles = (
            rng.integers(0, len(self.cells), 500),
            rng.normal(0, 26, (500, 2)),
            rng.uniform(0.03, 0.2, 500),
        )
        self.develop()

    def develop(self):
        """Mix the stains that are switched on: packed RGBA for each pixel of the slide."""
        light = (
            self.stains * np.float32(self.shown) @ np.float32([(0.27, 0.5, 1.15), (0.17, 1.1, 0.52), (1.5, 0.41, 0.88)])
        )
        packed = np.full((*light.shape[:2], 4), 255, np.uint8)
        packed[..., :3] = 255 * (1 - np.exp(light / -150))
        self.developed = packed.view(np.uint32).ravel()

    def look(self, t):
        """Return what the camera sees."""
        self.t = t
        height, width = self.stains.shape[:2]
        x, y = self.slide_at(np.arange(self.width, dtype=np.float32), np.arange(self.height, dtype=np.float32)[:, None])
        index = np.rint(y).astype(np.int32).clip(0, height - 1) * width + np.rint(x).astype(np.int32).clip(0, width - 1)
        picture = self.developed[index].view(np.uint8).reshape(*index.shape, 4)[..., :3]
        self.draw_vesicles(picture)
        down, across = np.random.default_rng().integers(0, 64, 2)
        grain = self.noise[down : down + self.height, across : across + self.width, None]
        return np.minimum(picture, 255 - grain) + grain

    def slide_at(self, x, y):
        """Return where on the slide a pixel of the camera looks; what lives is never quite still."""
        x = self.at[0] + (x - self.width / 2) / self.zoom
        y = self.at[1] + (y - self.height / 2) / self.zoom
        to_x = x + 5 * np.sin(y / 60 + 0.9 * self.t) + 3 * np.sin(x / 37 + 0.7 * self.t)
        to_y = y + 5 * np.sin(x / 70 - 0.8 * self.t) + 3 * np.sin(y / 41 - 0.6 * self.t)
        return to_x, to_y

    def camera_at(self, slide_x, slide_y):
        """Return which pixel of the camera looks at a place on the slide."""
        x, y = np.full_like(slide_x, self.width / 2), np.full_like(slide_y, self.height / 2)
        for _ in range(4):
            off_x, off_y = self.slide_at(x, y)
            x, y = x + (slide_x - off_x) * self.zoom, y + (slide_y - off_y) * self.zoom
        return x, y

    def cell_at(self, x, y):
        """Return the number of the cell at a pixel, `None` where there is none."""
        away = np.linalg.norm(self.cells - self.slide_at(x, y), axis=1)
        return int(away.argmin()) if away.min() < 55 else None

    def draw_vesicles(self, picture):
        cells, ends, speeds = self.vesicles
        ways = np.abs((speeds * self.t + np.arange(speeds.size) / 7) % 2 - 1)
        x, y = self.camera_at(*(self.cells[cells] + ends * (0.4 + ways[:, None])).T)
        seen = (x > 3) & (x < self.width - 4) & (y > 3) & (y < self.height - 4)
        x, y = x[seen].astype(int), y[seen].astype(int)
        for right, down, light in ((0, 0, 1.0), (1, 0, 0.6), (-1, 0, 0.6), (0, 1, 0.6), (0, -1, 0.6)):
            where = (y + down, x + right)
            picture[where] = np.maximum(picture[where], np.uint8(light * np.array((255, 214, 120))))

    def feel(self, event):
        match event:
            case {"type": "wheel", "dy": dy}:
                self.zoom = float(np.clip(self.zoom * 0.999**dy, 1, 4))
            case {"type": "key_down", "key": "1" | "2" | "3" as key}:
                self.shown[int(key) - 1] ^= 1
                self.develop()
            case {"type": "key_down", "key": "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" as key}:
                right, down = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, -1), "Down": (0, 1)}[key[5:]]
                self.at = np.clip(self.at + 12 * np.array([right, down]) / self.zoom, (380, 260), (1156, 764))


@app.function
def slide(width=1536, height=1024, count=70):
    """Return three stains of cells, `(height, width, 3)`: nuclei, skeletons, muscles; and where the cells are."""
    rng = np.random.default_rng(4)
    cells = []
    while len(cells) < count:
        place = rng.uniform((0, 0), (width, height))
        if all(np.linalg.norm(place - other) > 100 for other in cells):
            cells.append(place)
    layers = [Image.new("L", (width, height)) for _ in range(3)]
    for cell in cells:
        draw_cell(*map(ImageDraw.Draw, layers), cell, rng)
    # Light from above and below the focus makes a haze.
    focused = [
        layer.filter(ImageFilter.GaussianBlur(blur)) for layer, blur in zip(layers, (1.5, 0.8, 0.9), strict=True)
    ]
    haze = [layer.filter(ImageFilter.GaussianBlur(14)) for layer in layers]
    return np.float32(np.stack(focused, axis=-1) + 0.5 * np.stack(haze, axis=-1)), np.array(cells)


@app.function
def draw_cell(nuclei, skeletons, muscles, cell, rng):
    turn, size = rng.uniform(0, 2 * np.pi), np.array([rng.uniform(70, 95), rng.uniform(38, 55)])
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])

    def draw(line, points, **how):
        line([tuple(point) for point in points @ turned + cell], **how)

    angles = np.linspace(0, 2 * np.pi, 73)
    rough = 1 + sum(rng.uniform(-0.12, 0.12) * np.cos(k * angles + rng.uniform(0, 7)) for k in (2, 3, 4, 5, 7))
    around = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    edge = size * rough[:, None] * around
    draw(muscles.polygon, edge, fill=int(rng.uniform(14, 24)))
    draw(muscles.line, edge, fill=int(rng.uniform(80, 150)), width=2)
    for y in np.linspace(-0.8, 0.8, 12):
        x = 0.92 * np.sqrt(1 - y**2) * np.linspace(-1, 1, 14)
        draw(
            muscles.line,
            size * np.stack([x, y + 0.06 * np.sin(3 * x + 9 * y)], axis=-1),
            fill=int(rng.uniform(40, 130)),
        )
    middle, along = rng.normal(0, 5, 2), np.linspace(0.1, 1, 12)[:, None]
    for end in 0.96 * edge[rng.integers(0, 72, 56)]:
        aside = (end - middle)[::-1] * (-1, 1) * rng.normal(0, 10) / 60
        draw(
            skeletons.line,
            middle + (end - middle) * along + aside * np.sin(np.pi * along),
            fill=int(rng.uniform(60, 170)),
        )
    draw(
        nuclei.polygon,
        middle + (24, 17) * around * (1 + 0.06 * np.cos(3 * angles[:, None])),
        fill=int(rng.uniform(120, 200)),
    )
    for light, spread, radius in [(90, 6, 3)] * 4 + [(225, 8, 1.5)] * 14:
        draw(nuclei.polygon, rng.normal(0, spread, 2) + radius * around[::6], fill=light)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What is drawn over it, and what is measured
    """) if mo.app_meta().mode == "edit" else None
    return


@app.function
def draw_ring(picture, x, y, radius):
    angles = np.linspace(0, 2 * np.pi, int(10 * radius))
    for thick in (0, 0.7, 1.4):
        columns, rows = (
            (x + (radius + thick) * np.cos(angles)).astype(int),
            (y + (radius + thick) * np.sin(angles)).astype(int),
        )
        seen = (columns >= 0) & (rows >= 0) & (columns < picture.shape[1]) & (rows < picture.shape[0])
        picture[rows[seen], columns[seen]] = 255, 255, 255


@app.function
def draw_frame(picture, rect):
    height, width = picture.shape[:2]
    # Around the rectangle, so that it is no part of what is measured.
    left, right = np.clip((rect[0] - 1, rect[2]), 0, width - 1).astype(int)
    top, bottom = np.clip((rect[1] - 1, rect[3]), 0, height - 1).astype(int)
    for edge in (
        picture[top, left : right + 1],
        picture[bottom, left : right + 1],
        picture[top : bottom + 1, left],
        picture[top : bottom + 1, right],
    ):
        edge[:] = 255, 226, 150


@app.function
def magnified(pixels, size=(320, 232)):
    height, width = pixels.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    image = Image.new("RGB", size, (14, 16, 24))
    larger = Image.fromarray(pixels).resize((max(1, int(width * scale)), max(1, int(height * scale))), Image.BICUBIC)
    image.paste(larger, ((size[0] - larger.width) // 2, (size[1] - larger.height) // 2))
    return image


@app.function
def curves(pixels, size=(320, 232)):
    """Return how many pixels have how much of each color: a curve for each, filled, added like light."""
    width, height = size
    picture = np.full((height, width, 3), (14, 16, 24), np.float32)
    row = np.arange(height)[:, None]
    picture[24::52] += 14
    for channel, color in enumerate([(255, 84, 120), (70, 235, 130), (96, 140, 255)]):
        counts = np.bincount(pixels[..., channel].ravel(), minlength=256)[1:].astype(np.float32)
        counts = np.convolve(np.log1p(counts), np.ones(7) / 7, mode="same")
        tops = np.interp(np.linspace(0, 254, width), np.arange(255), counts) / max(counts.max(), 1)
        y = height - 8 - (height - 36) * tops
        over = np.clip(row - y + 0.5, 0, 1) * 0.32 + 0.9 * np.exp(-((row - y) ** 2) / 2)
        picture += over[..., None] * np.array(color, np.float32)
    return picture.clip(0, 255).astype(np.uint8)


@app.function
def stains_of(rgb):
    """Return how much of the three stains makes that color."""
    light = -150 * np.log(1 - np.clip(rgb, 0, 254) / 255)
    return light @ np.linalg.inv([(0.27, 0.5, 1.15), (0.17, 1.1, 0.52), (1.5, 0.41, 0.88)])


@app.function
def tape(events, size=(1060, 120), seconds=10):
    """Return the events of the last seconds, a lane for each kind."""
    lanes = {
        "pointer_move": (96, 140, 255),
        "pointer_down": (255, 214, 120),
        "pointer_up": (255, 160, 90),
        "wheel": (70, 235, 130),
        "key_down": (255, 84, 120),
    }
    width, height = size
    image = Image.new("RGB", size, (14, 16, 24))
    draw, font, now = ImageDraw.Draw(image), ImageFont.load_default(13), time.monotonic()
    for number, (kind, color) in enumerate(lanes.items()):
        y = (number + 0.5) * height / len(lanes)
        draw.line((170, y, width, y), fill=(34, 39, 54))
        draw.text((44, y), kind, fill=color, font=font, anchor="lm")
        for at, event_type in events:
            x = width - 12 - (now - at) / seconds * (width - 170)
            if event_type == kind and x > 170:
                draw.rounded_rectangle((x - 1.5, y - 8, x + 1.5, y + 8), 2, fill=color)
    return image


if __name__ == "__main__":
    app.run()
