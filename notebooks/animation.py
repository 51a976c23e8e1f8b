import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: animations")

with app.setup(hide_code=True):
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    import marimo as mo
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    import marimo_rfb as rfb


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Animations

    Jupiter as a small telescope shows it, with three of the moons that Galileo found, and below it where they will be
    in the days to come. While Ganymede goes round once, Europa goes twice and Io four times. `rfb.animate` calls a
    function with the time `t`, thirty times a second; ten seconds are a day.
    """)
    return


@app.cell
def _():
    telescope = Telescope()

    @rfb.animate(fps=30, height=460, alt="Jupiter with its moons, and their ways in the days to come")
    def jupiter(t, tick):
        return telescope.look(day=t / 10, size=tick.size or (1060, 460))

    jupiter
    return (jupiter,)


@app.cell
def _(jupiter):
    playing = mo.ui.switch(True, label="Playing", on_change=lambda on: jupiter.play() if on else jupiter.pause())
    day_to_go_to = mo.ui.slider(
        0, 14, 0.05, label="Go to day", full_width=True, debounce=False, on_change=lambda day: jupiter.seek(10 * day)
    )
    rate = mo.ui.slider(
        1, 60, value=30, label="Pictures a second", full_width=True, on_change=lambda fps: setattr(jupiter, "fps", fps)
    )
    mo.hstack([playing, day_to_go_to, rate], widths=[1, 3, 2], gap=2, align="center")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    The controls call `jupiter.play()`, `jupiter.pause()` and `jupiter.seek(t)` and set `jupiter.fps`: all of them take
    effect at once. Nobody pays for a picture that nobody sees. Scroll it away or look at another tab, and time stands
    still until you are back; `when_hidden="run"` lets it go on.

    ## As many pixels as there are on screen

    A function of two arguments gets a `Tick` as the second: `tick.size` is what the view measures on screen, `tick.dt`
    the seconds since the call before, `tick.index` the number of the call. The sky above is drawn to size, and so it
    stays sharp when you make it higher, zoom the page or move it to a finer screen. `jupiter.size` is a getter of the
    same size, for other cells.
    """)
    return


@app.cell
def _(jupiter):
    size = jupiter.size
    height = mo.ui.slider(
        240, 640, 20, value=460, label="Height", full_width=True, on_change=lambda h: setattr(jupiter, "height", h)
    )
    height
    return (size,)


@app.cell(hide_code=True)
def _(jupiter, second, size):
    _width, _height = size() or (0, 0)
    _stats = jupiter.stats
    mo.hstack(
        [
            mo.stat(f"{_width} × {_height}", label="pixels"),
            mo.stat(f"{jupiter.t / 10:.1f}", label="day"),
            mo.stat(f"{_stats['render_ms']:.0f} ms", label="to draw one"),
            mo.stat(_stats["rendered"], label="drawn"),
            mo.stat(_stats["skipped"], label="left out"),
            second,
        ],
        widths="equal",
        align="center",
    )
    return


@app.cell(hide_code=True)
def _():
    second = mo.ui.refresh(default_interval="1s", label="read every")
    return (second,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Another function, while it runs

    When its cell runs again, because you edited it or because something above it changed, the view goes on with the new
    function and the same time. What the function uses is looked up when it is given, so it never sees a notebook that
    is half changed. If it raises, the error and its line are shown over the picture, and go away with the next version
    that works: try *a mistake*.
    """)
    return


@app.cell
def _():
    weave = mo.ui.radio(["silk", "marble", "a mistake"], value="silk", inline=True)
    weave
    return (weave,)


@app.cell
def _(dyed, weave):
    x, y = np.meshgrid(np.linspace(-3.4, 3.4, 960, dtype=np.float32), np.linspace(-1, 1, 280, dtype=np.float32))

    def silk(t):
        u, v = 1.4 * x, 1.4 * y
        for fold in range(1, 6):
            u, v = u + np.sin(fold * v + t) / fold, v + np.cos(fold * u + 0.7 * t) / fold
        return u + v

    def marble(t):
        vein = 2 * x + np.sin(3 * y + t)
        for fold in (1, 2, 4, 8):
            vein = vein + np.sin(fold * (x - y) + fold * np.cos(2 * y + 0.3 * t) + t) / fold
        return vein

    def mistake(t):
        return silk(t) + marble(t)[:, :480]

    woven = {"silk": silk, "marble": marble, "a mistake": mistake}[weave.value]
    rfb.animate(lambda t: dyed(woven(t)), fps=30, name="cloth", height=280, width="full", fit="cover")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## A function that waits

    An `async def` may wait for what it shows: an instrument, a socket, a database. It runs on a thread and a loop of
    its own, so neither the notebook nor another picture waits with it. This monitor awaits new samples of a heart and
    draws as many as have come. It has `when_hidden="run"`, because a patient does not stop when nobody looks.
    """)
    return


@app.cell
def _():
    trace = np.zeros(960, np.float32)

    async def samples(start, stop):
        await asyncio.sleep(0.002)  # stands for the way to the instrument
        return heart(np.arange(start, stop) / 160)

    @rfb.animate(fps=30, when_hidden="run", height=200, width="full", fit="cover", alt="A heart's beat on a monitor")
    async def monitor(t, tick):
        start, stop = int(160 * (t - tick.dt)), int(160 * t)
        trace[np.arange(start, stop) % trace.size] = await samples(start, stop)
        return phosphor(trace, stop % trace.size)

    monitor
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## More than one thread

    Half a million points, each squared and shifted eighty times: that takes longer than a thirtieth of a second.
    `executor=` takes any executor of `concurrent.futures`. Several pictures are then computed at a time, and shown in
    order. NumPy computes without the interpreter's lock, so threads are enough.
    """)
    return


@app.cell
def _():
    workers = mo.ui.radio({"one thread": None, "all processors": ThreadPoolExecutor()}, value="one thread", inline=True)
    workers
    return (workers,)


@app.cell
def _(embers, workers):
    plane = np.linspace(-1.7, 1.7, 960, dtype=np.float32) + 1j * np.linspace(-0.8, 0.8, 450, dtype=np.float32)[:, None]

    @rfb.animate(fps=30, executor=workers.value, height=500, fit="cover", alt="A Julia set that changes its shape")
    def julia(t):
        z, c = plane.copy(), 0.7885 * np.exp(1j * (2.9 + 0.9 * np.sin(t / 4)))
        nearest = np.full(z.shape, 9, np.float32)
        with np.errstate(all="ignore"):
            for _ in range(80):
                z *= z
                z += c
                np.fmin(nearest, z.real**2 + z.imag**2, out=nearest)
        return embers(nearest**0.5)

    julia
    return (julia,)


@app.cell(hide_code=True)
def _(julia, second):
    second
    _stats = julia.stats
    mo.md(f"{_stats['render_ms']:.0f} ms a picture, {_stats['rendered']} rendered, {_stats['skipped']} left out.")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What the pictures are made of

    From here on it is astronomy, medicine and paint.
    """) if mo.app_meta().mode == "edit" else None
    return


@app.class_definition
class Telescope:
    """Jupiter and its moons, seen along the plane of their orbits and drawn to scale."""

    def __init__(self):
        # Days for an orbit, its radius in radii of Jupiter, where the moon is on day 0 in turns, its size, its color.
        # In turns, Io - 3 Europa + 2 Ganymede is one half for ever, as Laplace found: never do all three line up.
        self.moons = {
            "Io": (1.769, 5.90, 0.60, 1.0, (255, 222, 120)),
            "Europa": (3.551, 9.39, 0.20, 0.9, (186, 212, 255)),
            "Ganymede": (7.155, 14.97, 0.75, 1.4, (222, 196, 166)),
        }
        self.days_ahead = 5
        self.surface = bands()
        self.stars = np.random.default_rng(3).random((300, 3))
        self.fonts = {}

    def look(self, day, size):
        """Return what there is to see on a day, as an image of that size."""
        width, height = size
        self.radius = width / 34
        self.x, self.y = width / 2, 0.21 * height
        self.top = int(self.y + 2 * self.radius)
        self.day = day
        self.picture = np.full((height, width, 3), (7, 9, 18), np.uint8)
        across, down, light = self.stars.T
        self.picture[(down * height).astype(int), (across * width).astype(int)] = 20 + 150 * light[:, None] ** 4
        for name in self.moons:
            self.draw_way(name)
        self.draw_planet()
        for name in self.moons:
            self.draw_moon(name)
        return self.labelled()

    def place(self, name, day):
        """Return how far to the right of the planet a moon is, and how far before it: in pixels."""
        period, distance, start, *_ = self.moons[name]
        turn = 2 * np.pi * (day / period + start)
        return self.radius * distance * np.sin(turn), self.radius * distance * np.cos(turn)

    def draw_way(self, name):
        """Draw where the moon will be: what is lower is later."""
        height, width = self.picture.shape[:2]
        rows = np.arange(self.top, height)
        ahead = np.linspace(0, 1, rows.size)
        right, before = self.place(name, self.day + self.days_ahead * ahead)
        # Measured across the line, or it would be thin where it runs level.
        steep = np.hypot(1, np.gradient(right)) * max(1, width / 1400)
        reach = int(2.5 * steep.max()) + 1
        columns = (self.x + right).astype(int)[:, None] + np.arange(-reach, reach + 1)
        light = np.exp(-(((columns - self.x - right[:, None]) / steep[:, None]) ** 2))
        light *= ((1 - 0.8 * ahead) * np.where(before > 0, 1, 0.5))[:, None]
        light[(before < 0) & (abs(right) < self.radius)] = 0
        seen = (columns >= 0) & (columns < width) & (light > 0.03)
        where = np.nonzero(seen)[0] + self.top, columns[seen]
        self.picture[where] = np.maximum(self.picture[where], light[seen][:, None] * np.array(self.moons[name][-1]))

    def draw_planet(self):
        y, x = self.around(self.x, self.y, self.radius + 2)
        right, down = (x - self.x) / self.radius, (y - self.y) / self.radius / 0.935
        off = np.hypot(right, down)
        toward = np.sqrt(np.clip(1 - off**2, 0, 1))
        longitude = np.arctan2(right, toward) / (2 * np.pi) - self.day / 0.41354
        rows, columns = self.surface.shape[:2]
        texel = ((down + 1) / 2 * (rows - 1)).clip(0, rows - 1).astype(int), (longitude * columns).astype(int) % columns
        light = toward**0.6
        for name, (*_, size, _color) in self.moons.items():
            shade, before = (way / self.radius for way in self.place(name, self.day))
            if before > 0:  # the sun is a little to the left
                light = light * np.clip(np.hypot(right - shade - 0.03 * before, down) / 0.06 / size - 0.4, 0.1, 1)
        self.blend(y, x, self.surface[texel] * light[..., None], (1 - off) * self.radius)

    def draw_moon(self, name):
        right, before = self.place(name, self.day)
        if before < 0 and abs(right) < self.radius:
            return
        *_, size, color = self.moons[name]
        radius = self.radius * 0.11 * size + 0.8
        y, x = self.around(self.x + right, self.y, 3 * radius)
        off = np.hypot(x - self.x - right, y - self.y) - radius
        self.blend(y, x, color, np.maximum(-off, 0.3 * np.exp(-off / radius) - 0.52))

    def around(self, x, y, reach):
        """Return the pixels around a place."""
        height, width = self.picture.shape[:2]
        rows, columns = (
            slice(max(int(y - reach), 0), int(y + reach) + 2),
            slice(max(int(x - reach), 0), int(x + reach) + 2),
        )
        return np.mgrid[rows.start : min(rows.stop, height), columns.start : min(columns.stop, width)]

    def blend(self, y, x, color, inside):
        """Paint where `inside`, the pixels to the edge, is positive; the edge itself is smooth."""
        cover = np.clip(inside + 0.5, 0, 1)[..., None]
        self.picture[y, x] = self.picture[y, x] * (1 - cover) + color * cover

    def labelled(self):
        image = Image.fromarray(self.picture)
        draw = ImageDraw.Draw(image)
        height, width = self.picture.shape[:2]
        pixels = max(11, round(width / 80))
        font = self.fonts.setdefault(pixels, ImageFont.load_default(pixels))
        for name, (*_, color) in self.moons.items():
            right, _before = self.place(name, self.day)
            if abs(right) > 1.6 * self.radius:
                draw.text((self.x + right, self.y + 0.9 * pixels), name, fill=color, font=font, anchor="ma")
        for day in range(int(np.ceil(self.day)), int(self.day + self.days_ahead) + 1):
            row = self.top + (day - self.day) / self.days_ahead * (height - self.top)
            draw.line((0, row, width, row), fill=(24, 29, 44))
            draw.text((pixels, row - 2), f"day {day}", fill=(110, 120, 150), font=font, anchor="lb")
        return image


@app.function
def bands():
    """Return Jupiter's clouds, `(latitude, longitude, 3)`: bands that storms have torn, and the red spot."""
    rng = np.random.default_rng(7)
    down, around = np.linspace(-1, 1, 220)[:, None], np.linspace(0, 2 * np.pi, 720, endpoint=False)

    def torn(finest):
        waves = [
            np.cos(k * around + rng.uniform(1, finest) * down + rng.uniform(0, 7)) / k**0.5
            for k in rng.integers(1, finest, 24)
        ]
        return np.sum(waves, axis=0) / 6

    at = [-1, -0.72, -0.55, -0.42, -0.33, -0.22, -0.12, -0.02, 0.08, 0.16, 0.27, 0.4, 0.52, 0.7, 1]
    colors = ["7a6860", "967e6c", "c4aa8e", "a87c60", "e2caaa", "96583a", "b0704c", "eedec4", "f4e8d4", "ecd6b6"]
    colors += ["9e6242", "dec4a2", "b6926e", "968074", "786862"]
    fine = torn(40)
    latitude = down + 0.04 * torn(14) * (1 - down**2) + 0.012 * fine
    stops = np.array([list(bytes.fromhex(color)) for color in colors])
    clouds = np.stack([np.interp(latitude, at, channel) for channel in stops.T], axis=-1) * (1 + 0.1 * fine[..., None])
    spot = np.exp(-((((around - 2.2) / 0.3) ** 2 + ((down - 0.36) / 0.115) ** 2) ** 2))[..., None]
    return (clouds * (1 - spot) + spot * (190, 86, 52)).clip(0, 255).astype(np.uint8)


@app.function
def heart(seconds):
    """Return a heart's voltage at those seconds: five bumps a beat, called P, Q, R, S and T."""
    beat = (seconds / 0.86 + 0.06 * np.sin(seconds / 2.3)) % 1
    bumps = [(0.22, 0.025, 0.12), (0.355, 0.008, -0.14), (0.375, 0.01, 1.0), (0.398, 0.01, -0.26), (0.6, 0.045, 0.24)]
    return sum(height * np.exp(-(((beat - at) / width) ** 2) / 2) for at, width, height in bumps)


@app.function
def phosphor(trace, head, height=200):
    """Return the trace as a green beam paints it: bright where it was just now, at the column `head`."""
    y = height * (0.74 - 0.56 * trace)
    before = np.roll(y, 1)
    row = np.arange(height)[:, None]
    off = np.maximum(np.minimum(y, before) - row, row - np.maximum(y, before)).clip(0)
    age = (head - np.arange(trace.size)) % trace.size
    glow = (np.exp(-((off / 1.3) ** 2)) + 0.25 * np.exp(-off / 5)) * (0.25 + 0.75 * np.exp(-age / 260))
    glow *= np.clip((trace.size - age) / 40 - 0.5, 0, 1)  # the gap before the beam
    picture = np.empty((height, trace.size, 3), np.float32)
    picture[:] = 0.02, 0.045, 0.05
    picture[::25] += 0.022
    picture[:, ::40] += 0.022
    return picture + glow[..., None] * (0.45, 1.0, 0.68)


@app.function
def ramp(*colors, shades=512):
    """Return so many shades of the colors, which are evenly spaced."""
    stops = np.array([list(bytes.fromhex(color)) for color in colors])
    at = np.linspace(0, len(colors) - 1, shades)
    return np.stack([np.interp(at, range(len(colors)), channel) for channel in stops.T], axis=-1).astype(np.uint8)


@app.cell
def _():
    dyes = ramp("0c0e28", "183c6e", "348c96", "bedcbe", "faebc8", "f0aa6e", "aa4650", "3c1840", "0c0e28")
    glowing = ramp("fff4d6", "fabe5a", "dc7850", "b4484c", "80284e", "521e58", "301650", "1c1040", "100c2c", "080818")

    def dyed(amount):
        return dyes[(50 * amount).astype(int) % len(dyes)]

    def embers(distance):
        return glowing[np.clip(400 * distance, 0, len(glowing) - 1).astype(int)]

    return dyed, embers


if __name__ == "__main__":
    app.run()
