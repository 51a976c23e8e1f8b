import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: an app to share")

with app.setup(hide_code=True):
    import time

    import marimo as mo
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    import marimo_rfb as rfb

    PAPER = (250, 245, 234)
    INKS = [(38, 52, 140), (214, 64, 40), (0, 128, 128), (226, 164, 40), (128, 40, 110), (60, 130, 50)]
    # Of the water, which is coarse because it is smooth, and of the ink in it.
    WATER, INK = (72, 128), (216, 384)


@app.cell(hide_code=True)
def _():
    mo.md("""
    # An app to share

    Ink on water, as paper is marbled. All who open this app with `marimo run notebooks/shared_app.py` look at the same
    water: **move the mouse** to stir, **press** to let your ink flow. Open it in a second window.
    """)
    return


@app.cell
def _():
    @rfb.animate(fps=30, scope="app", height=560, fit="cover", quality=92, alt="Inks that flow in water")
    def pool(t, tick):
        water = tick.state.setdefault("water", still_water())
        people = tick.state.setdefault("people", {})
        rods = [stroke_of_rod(t, number) for number in range(3)]
        flow(water, rods + strokes_of(tick.events, people))
        return picture_of(water, people)

    pool
    return (pool,)


@app.cell(hide_code=True)
def _(visitors):
    _count = visitors()
    mo.md(f"**{_count} {'window shows' if _count == 1 else 'windows show'} this water.**")
    return


@app.cell
def _(pool):
    visitors = pool.viewers
    return (visitors,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## One simulation for all

    In `marimo run` every visitor has a notebook of their own, in which nothing is shared. `scope="app"` makes an
    animation one for all of them: it runs once, each picture is encoded once, and everybody's clicks are in
    `tick.events`, with a `viewer` to tell people apart. What is to last is kept in `tick.state`. It outlives the
    visitor who came first, so put arrays and plain values there, and no objects of classes of the notebook. When the
    last one has left, all of it ends.

    ## One picture for all

    `rfb.stream(name, scope="app")` is a picture that every visitor's notebook can publish to: of one camera, say, that
    several people look through. Here it is a wall that anybody may write on. What was written before is read from
    `wall.newest`, the frame that was published last.
    """)
    return


@app.cell
def _():
    line = mo.ui.text(placeholder="Write on the wall", full_width=True, max_length=80)
    line
    return (line,)


@app.cell
def _():
    wall = rfb.stream("wall", 1056, 160, scope="app")
    if wall.newest is None:
        wall.publish(written(None, "The wall is new."))
    wall.view(height=160, fit="cover", alt="A wall that visitors write on")
    return (wall,)


@app.cell
def _(line, wall):
    if line.value:
        wall.publish(written(wall.newest.pixels, line.value))
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## The water

    From here on it is physics: water that keeps its volume carries itself, and the ink, along.
    """) if mo.app_meta().mode == "edit" else None
    return


@app.function
def still_water():
    return {"velocity": np.zeros((2, *WATER), np.float32), "ink": np.zeros((*INK, 3), np.float32)}


@app.function
def stroke_of_rod(t, number):
    """Return how a rod stirs that moves by itself, so that there is something to see before the first visitor."""
    speed = 0.5 + 0.17 * number
    turn = speed * t + 2.1 * number
    x, y = 0.5 + 0.36 * np.cos(turn) + 0.08 * np.cos(2.7 * turn), 0.5 + 0.33 * np.sin(1.3 * turn + number)
    to_right, down = -0.43 * speed * np.sin(turn), 0.34 * speed * np.cos(1.3 * turn + number)
    return x, y, to_right, down, INKS[(number + int(t / 4)) % len(INKS)], 0.09


@app.function
def strokes_of(events, people):
    """Return how visitors stir; `people` keeps for each the color, the place, and whether ink flows."""
    strokes = []
    for event in events:
        if event.type in ("close", "pointer_leave"):
            people.pop(event.viewer, None)
        elif event.type in ("pointer_down", "pointer_move", "pointer_up"):
            x, y = event.event["x"] / INK[1], event.event["y"] / INK[0]
            color, from_x, from_y, _ = people.get(event.viewer, (INKS[len(people) % len(INKS)], x, y, False))
            people[event.viewer] = (color, x, y, bool(event.event["buttons"]))
            strokes.append((x, y, 18 * (x - from_x), 12 * (y - from_y), color, 0))
    return strokes + [(x, y, 0, 0, color, 0.2) for color, x, y, flows in people.values() if flows]


@app.function
def flow(water, strokes):
    """Let a thirtieth of a second pass."""
    velocity, ink = water["velocity"], water["ink"]
    for x, y, to_right, down, color, amount in strokes:
        velocity += bump(WATER, x, y, 0.06) * np.float32([to_right, down])[:, None, None]
        ink += bump(INK, x, y, 0.03)[..., None] * np.float32(amount) * absorbed_by(color)
    velocity = keeping_volume(np.stack([carried(each, velocity) for each in velocity])) * np.float32(0.998)
    velocity += swirls(velocity)
    water["velocity"] = velocity
    water["ink"] = carried(ink, finer(velocity) * (INK[1] / WATER[1])) * np.float32(0.9985)


@app.function
def bump(shape, x, y, radius):
    """Return a round hill; the water is a torus, so it may stand on both ends."""
    across, down = (np.arange(shape[1]) + 0.5) / shape[1] - x, (np.arange(shape[0]) + 0.5) / shape[0] - y
    across, down = (across - np.round(across)) * shape[1] / shape[0] / radius, (down - np.round(down)) / radius
    return np.outer(np.exp(-(down**2)), np.exp(-(across**2))).astype(np.float32)


@app.function
def carried(field, velocity):
    """Return the field a moment later: what is here now was upstream, between four pixels (Stam, Stable Fluids)."""
    height, width = field.shape[:2]
    x = np.arange(width, dtype=np.float32) - velocity[0]
    y = np.arange(height, dtype=np.float32)[:, None] - velocity[1]
    left, top = np.floor(x), np.floor(y)
    right_part, low_part = (x - left)[..., None], (y - top)[..., None]
    left, top = left.astype(np.int32) % width, top.astype(np.int32) % height * width
    right, low = (left + 1) % width, (top + width) % (width * height)
    flat = field.reshape(height * width, -1)
    upper, lower = flat.take(top + left, axis=0), flat.take(low + left, axis=0)
    upper += right_part * (flat.take(top + right, axis=0) - upper)
    lower += right_part * (flat.take(low + right, axis=0) - lower)
    upper += low_part * (lower - upper)
    return upper.reshape(field.shape)


@app.function
def keeping_volume(velocity):
    """Return the velocity without what would press the water together; a wave does that along its direction."""
    ky, kx = np.fft.fftfreq(WATER[0])[:, None], np.fft.rfftfreq(WATER[1])
    right, down = np.fft.rfft2(velocity)
    along = (kx * right + ky * down) / np.maximum(kx**2 + ky**2, 1e-9)
    return np.fft.irfft2(np.stack([right - kx * along, down - ky * along]), s=WATER).astype(np.float32)


@app.function
def swirls(velocity):
    """Return what gives small whirls back that the coarse grid has swallowed."""

    def slope(field, axis):
        return (np.roll(field, -1, axis) - np.roll(field, 1, axis)) / 2

    spin = slope(velocity[1], 1) - slope(velocity[0], 0)
    to_right, down = slope(np.abs(spin), 1), slope(np.abs(spin), 0)
    strength = 0.12 * spin / (np.hypot(to_right, down) + 1e-4)
    return np.stack([down * strength, -to_right * strength])


@app.function
def finer(velocity):
    """Return the velocity at the pixels of the ink."""

    def between(fine, coarse):
        at = (np.arange(fine) + 0.5) * coarse / fine - 0.5
        low = np.floor(at).astype(int)
        weights = np.zeros((fine, coarse), np.float32)
        weights[np.arange(fine), low % coarse] = 1 - (at - low)
        weights[np.arange(fine), (low + 1) % coarse] = at - low
        return weights

    return between(INK[0], WATER[0]) @ velocity @ between(INK[1], WATER[1]).T


@app.function
def picture_of(water, people):
    """Return the ink on its ground, and a drop where a visitor's mouse is."""
    ink = water["ink"].copy()
    for color, x, y, _ in people.values():
        ink += bump(INK, x, y, 0.011)[..., None] * absorbed_by(color)
    return np.uint8(PAPER * np.exp(-ink))


@app.function
def absorbed_by(color):
    """Return how much red, green and blue light an ink takes away: twice the ink leaves the square of the light."""
    return -np.log((np.float32(color) + 3) / 258)


@app.function
def written(wall, text):
    """Return the wall with a line more at its foot, and the others higher."""
    image = Image.new("RGB", (1056, 160), PAPER)
    if wall is not None:
        image.paste(Image.fromarray(wall), (0, -36))
    draw, now = ImageDraw.Draw(image), time.strftime("%H:%M")
    draw.rectangle((0, 122, 1056, 160), fill=PAPER)
    draw.text((44, 140), now, fill=(150, 140, 120), font=ImageFont.load_default(18), anchor="lm")
    draw.text((110, 140), text, fill=INKS[0], font=ImageFont.load_default(22), anchor="lm")
    return image


if __name__ == "__main__":
    app.run()
