import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: pictures that react")

with app.setup(hide_code=True):
    import marimo as mo
    import numpy as np

    import marimo_rfb as rfb

    WIDTH, HEIGHT = 960, 420
    WALL_Y = 360


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Pictures that react

    Light falls from below on a wall with slits. Behind the wall the waves meet, and where they always meet in step the
    screen at the top is bright. Three sliders, a still picture, a moving one, and what you do with the mouse: all of it
    is marimo's plain reactivity, cell by cell.
    """)
    return


@app.cell
def _():
    color = mo.ui.slider(400, 700, 5, value=590, label="Wavelength, nm", show_value=True, full_width=True)
    slits = mo.ui.slider(1, 6, value=2, label="Slits", show_value=True, full_width=True)
    spacing = mo.ui.slider(30, 160, 2, value=120, label="Distance", show_value=True, full_width=True)

    mo.hstack([color, slits, spacing], widths="equal", gap=2)
    return color, slits, spacing


@app.cell
def _(color, slits, spacing):
    field = waves(color.value, slits.value, spacing.value)
    return (field,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## `rfb.frame`: a picture that is repainted in place

    What the screen shows: how bright the light is where it arrives. When a slider moves, this cell runs again and gives
    a new array to the same view. Nothing flickers, and the browser stays connected.
    """)
    return


@app.cell
def _(color, field):
    rfb.frame(screen(field[0], color.value), height=96, width="full", fit="cover", alt="Fringes of light on a screen")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## `rfb.animate`: a function of time, called thirty times a second

    The same light on its way, slowed down until one wave takes a second. A slider exchanges the function while it
    runs: time goes on, and the waves do not jump back.
    """)
    return


@app.cell
def _(color, field):
    # What does not move is computed once for each place of the sliders.
    shades = shades_of(color.value)
    wall = np.abs(field[WALL_Y]) == 0
    # Far from the wall the waves are spread thin: there the picture is turned up.
    gain = np.linspace(2.4, 0.9, field.shape[0])[:, None].astype(np.float32)

    @rfb.animate(fps=30, height=420, fit="cover", alt="Waves behind a wall with slits, seen from above")
    def tank(t):
        crests = (field * np.complex64(np.exp(-2j * np.pi * t))).real * gain
        picture = shades[np.clip(128 + 127 * crests, 0, 255).astype(np.uint8)]
        picture[WALL_Y - 3 : WALL_Y + 3, wall] = 200
        return picture

    tank
    return (tank,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## `on`: what you do in a picture, as often as you want to know

    `tank.on("pointer_move", max_hz=20)` is a getter. The cell below calls it, so it runs when the mouse moves over the
    waves, twenty times a second at most: it cuts through them at the height of the pointer and shows how bright it is
    along the cut.
    """)
    return


@app.cell
def _(tank):
    pointer = tank.on("pointer_move", max_hz=20)
    return (pointer,)


@app.cell
def _(color, field, pointer):
    # Until the mouse comes, a cut halfway between the wall and the screen.
    _place = pointer() or {"x": 480, "y": 180}
    _y = min(max(int(_place["y"]), 0), WALL_Y - 4)
    rfb.frame(
        cut(np.abs(field[_y]) ** 2, _place["x"], color.value),
        height=150,
        width="full",
        fit="cover",
        alt="Brightness along a cut",
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## `value`: what you did last

    A view is an element like a slider or a button, and its value is the last thing that happened in it: a press, a
    drag, a key. The cells that read it run when it changes, and only they do. `on("pick")` tells of a press which pixel
    it hit, and the color that Python had put there. **Click into the waves.**
    """)
    return


@app.cell
def _(tank):
    pick = tank.on("pick")
    return (pick,)


@app.cell
def _(pick, tank):
    _last = mo.md("`tank.value` is `None`: nothing happened yet.") if tank.value is None else mo.json(tank.value)
    mo.hstack([swatch(pick()), _last], widths=[1, 2], gap=2, align="start")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## The light itself

    The rest is physics and paint: how waves spread behind a wall, and what color they have.
    """) if mo.app_meta().mode == "edit" else None
    return


@app.function
def waves(nanometers, slits, spacing):
    """Return the light in the tank, a complex amplitude for each pixel: from below, and on behind the wall.

    The light in the slits is taken apart into plane waves, each of which goes its own way: `exp(i kz z)`. A wave is as
    long as 28 of its nanometers to the pixel make it.
    """
    k = 2 * np.pi * 28 / nanometers
    x = np.arange(2 * WIDTH) - WIDTH
    centers = (np.arange(slits) - (slits - 1) / 2) * spacing
    openings = np.clip(7.5 - np.abs(x[:, None] - centers), 0, 1).max(axis=1)
    kx = 2 * np.pi * np.fft.fftfreq(x.size)
    kz = np.sqrt(k**2 - kx**2 + 0j)
    # What leaves along the wall would come in again from the other side, because a Fourier sum has no border.
    kept = np.clip((0.97 - np.abs(kx) / k) / 0.1, 0, 1)
    z = WALL_Y - np.arange(HEIGHT)[:, None]
    field = np.fft.ifft(np.fft.fft(openings) * kept * np.exp(1j * kz * z.clip(0)), axis=1)[:, WIDTH // 2 : -WIDTH // 2]
    field[WALL_Y] *= openings[WIDTH // 2 : -WIDTH // 2] > 0.5
    field[WALL_Y + 1 :] = 0.35 * np.exp(1j * k * z[WALL_Y + 1 :])
    return field.astype(np.complex64)


@app.function
def color_of(nanometers):
    """Return about what an eye sees of a wavelength: linear red, green and blue, the largest of them 1."""

    def hump(middle, width):
        return np.exp(-(((nanometers - middle) / width) ** 2) / 2)

    seen = np.array([hump(620, 45) + 0.35 * hump(430, 22), hump(545, 38), hump(455, 30)])
    return seen / seen.max()


@app.function
def shades_of(nanometers):
    """Return 256 colors from the trough of a wave to its crest."""
    paint = color_of(nanometers) ** 0.45
    rest = 0.02 + 0.1 * paint
    stops = np.stack([0.4 * rest, rest, 0.9 * paint, 0.2 + 0.8 * paint])
    height = np.linspace(-1, 1, 256)
    shades = np.stack([np.interp(height, [-1, 0, 0.6, 1], channel) for channel in stops.T], axis=-1)
    return (255 * shades).astype(np.uint8)


@app.function
def screen(amplitude, nanometers, height=96):
    """Return what light looks like on a screen: too bright for its color it turns white, and a camera's is uneven."""
    brightness = np.abs(amplitude) ** 2
    across = np.exp(-((np.linspace(-1.15, 1.15, height) / 0.8) ** 4))
    light = 1.6 * (across[:, None] * brightness / brightness.max())[..., None] * color_of(nanometers)
    spilled = np.maximum(light - 1, 0).sum(axis=-1, keepdims=True)
    return np.clip(light + 0.6 * spilled, 0, 1) ** 0.45


@app.function
def cut(brightness, x, nanometers, height=150):
    """Return a curve of the brightness, filled, with a line at `x`."""
    tops = height - 12 - (height - 30) * brightness / max(brightness.max(), 1e-9)
    below = np.clip(np.arange(height)[:, None] - tops + 0.5, 0, 1)
    paint = color_of(nanometers) ** 0.45
    depth = np.linspace(0.95, 0.25, height)[:, None]
    picture = 0.02 + (below * depth)[..., None] * paint
    picture[:, min(max(int(x), 0), WIDTH - 1)] += 0.35
    return picture


@app.function
def swatch(pick):
    """Return a field of the color that was picked."""
    rgb = pick["rgb"] if pick else (128, 128, 128)
    text = f"x {pick['x']}, y {pick['y']}<br>rgb {', '.join(map(str, rgb))}" if pick else "click into the waves"
    box = f"width: 4rem; height: 4rem; border-radius: 6px; border: 1px solid #8886; background: rgb{tuple(rgb)}"
    return mo.Html(f'<div style="display: flex; gap: 1rem; align-items: center"><div style="{box}"></div>{text}</div>')


if __name__ == "__main__":
    app.run()
