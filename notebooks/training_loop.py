import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: a training loop")

with app.setup(hide_code=True):
    import contextlib
    import itertools
    import time
    from types import SimpleNamespace

    import marimo as mo
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    import marimo_rfb as rfb

    STEPS = 400


@app.cell(hide_code=True)
def _():
    mo.md("""
    # A training loop

    A neural network learns to paint: it is told where a pixel is, and has to say its color. That takes some hundred
    steps, and you can watch every second one. The loop is a plain `for` loop in a cell. The kernel is busy with it, and
    the picture moves all the same, because frames take a way of their own. **Click into the picture** to end the loop
    early.
    """)
    return


@app.cell
def _():
    canvas = rfb.stream("canvas", 1056, 600)
    canvas.view(height=600, alt="What the network paints, what it should paint, and how far off it is")
    return (canvas,)


@app.cell(hide_code=True)
def _():
    detail = mo.ui.slider(
        1, 24, value=9, label="Fineness of what it can imagine", show_value=True, full_width=True, debounce=True
    )
    again = mo.ui.button(label="Learn again", full_width=True)
    mo.hstack(
        [detail.style(min_width="12rem"), again.style(min_width="8rem")], widths=[4, 1], gap=2, align="end", wrap=True
    )
    return again, detail


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## The loop

    `publish` takes the array and returns. It never waits for a browser: who is slow sees fewer of the pictures, and the
    last one in any case. Sliders have to wait until the loop is over, as for any cell that computes. What you do in the
    picture comes by the same short way as the frames, so the loop can ask for it with `poll_events`. In `marimo edit`
    there is the stop button, too.
    """)
    return


@app.cell
def _(again, canvas, detail, target):
    again
    canvas.poll_events()  # nobody's click from before counts
    network = Network(detail.value)
    losses = []
    for _step in range(STEPS if mo.running_in_notebook() else 4):
        losses.append(network.learn(target))
        if _step % 2 == 1:
            canvas.publish(board(network.paint(target.shape), target, losses))
        if any(event.type == "pointer_down" for event in canvas.poll_events()):
            break

    mo.md(f"{len(losses)} steps, {decibels(losses[-1]):.1f} dB between what it paints and what it should.")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## In a thread

    With `mo.Thread` the same loop runs beside the notebook. Now sliders count at once, because the loop reads
    `settings` in every step, and marimo tells the thread to end when its cell runs again. This network takes half of
    its lessons from **where the mouse is**. Nobody's looking? Then it rests.
    """)
    return


@app.cell
def _():
    learning = mo.ui.switch(label="Learn")
    rate = mo.ui.slider(1, 16, value=4, label="Learning rate, thousandths", show_value=True, full_width=True)
    return learning, rate


@app.cell
def _(learning, rate):
    easel = rfb.stream("easel", 720, 480)
    easel_view = easel.view(height=460, fit="cover", alt="What the second network paints")
    _hint = mo.md("Switch it on, and let the mouse rest on the wood.")
    mo.hstack(
        [easel_view.style(min_width="20rem"), mo.vstack([learning, rate, _hint], gap=1.5).style(min_width="14rem")],
        widths=[7, 3],
        gap=1.5,
        align="start",
        wrap=True,
    )
    return (easel,)


@app.cell
def _():
    settings = SimpleNamespace()
    pupil = Network(detail=9)
    return pupil, settings


@app.cell
def _(rate, settings):
    settings.rate = rate.value / 1000
    return


@app.cell
def _(easel, learning, pupil, settings, target):
    def practice(pupil, easel, target, settings):
        thread = mo.current_thread()
        look_at, step = None, 0
        with contextlib.suppress(rfb.StreamClosed):
            while not (thread.should_exit or easel.closed):
                for event in easel.poll_events():
                    if event.type in ("pointer_move", "pointer_down"):
                        look_at = (event.event["x"] / easel.width, event.event["y"] / easel.height)
                    elif event.type == "pointer_leave":
                        look_at = None
                if easel.client_count == 0:
                    time.sleep(0.1)
                    continue
                pupil.learn(target, rate=settings.rate, look_at=look_at)
                step += 1
                if step % 2 == 0:
                    easel.publish(enlarged(pupil.paint(target.shape), (720, 480)))

    easel.publish(enlarged(pupil.paint(target.shape), (720, 480)))
    if learning.value:
        mo.Thread(target=practice, args=(pupil, easel, target, settings), daemon=True).start()
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## The network

    Two hidden layers of 64 and Adam, in NumPy. It would see nothing but smooth gradients if it were given *x* and *y*
    alone; it gets sines of them, of random directions and wavelengths, the shorter the finer the slider says.
    """) if mo.app_meta().mode == "edit" else None
    return


@app.class_definition
class Network:
    """A picture as a function of the place: `x` and `y` to red, green and blue."""

    def __init__(self, detail, *, waves=96, hidden=64):
        self.rng = np.random.default_rng(0)
        self.waves = self.rng.normal(0, 2 * np.pi * detail, (2, waves)).astype(np.float32)
        sizes = [2 * waves, hidden, hidden, 3]
        weights = [self.rng.normal(0, (2 / a) ** 0.5, (a, b)) for a, b in itertools.pairwise(sizes)]
        weights[-1] *= 0.2  # begins with gray
        self.parameters = [np.float32(w) for w in weights] + [np.zeros(w.shape[1], np.float32) for w in weights]
        self.means = [np.zeros_like(p) for p in self.parameters]
        self.squares = [np.zeros_like(p) for p in self.parameters]
        self.step = 0

    def layers(self, places):
        """Return what each layer says to places, `(n, 2)`; the last one is the color."""
        phases = places @ self.waves
        said = [np.concatenate([np.sin(phases), np.cos(phases)], axis=1)]
        for weight, bias in zip(self.parameters[:2], self.parameters[3:5], strict=True):
            said.append(np.maximum(said[-1] @ weight + bias, 0))
        said.append(1 / (1 + np.exp(-(said[-1] @ self.parameters[2] + self.parameters[5]))))
        return said

    def paint(self, shape):
        """Return the whole picture as the network has it now."""
        height, width = shape[:2]
        y, x = np.mgrid[:height, :width].astype(np.float32) / width
        return self.layers(np.stack([x.ravel(), y.ravel()], axis=1))[-1].reshape(height, width, 3)

    def learn(self, target, *, rate=0.004, count=4096, look_at=None):
        """Compare some places with the target, and return the mean squared error of before."""
        height, width = target.shape[:2]
        spots = self.rng.random((count, 2))
        if look_at is not None:
            spots[::2] = (look_at + self.rng.normal(0, 0.08, (count // 2, 2))) % 1
        columns, rows = (spots * (width, height)).astype(int).T
        said = self.layers(np.stack([columns, rows], axis=1).astype(np.float32) / width)
        error = said[-1] - target[rows, columns]
        self.descend(said, 20 / count * error * said[-1] * (1 - said[-1]), rate)
        return float(np.mean(error**2))

    def descend(self, said, slope, rate):
        """Carry the slope back through the layers and take a step by Adam's rule."""
        gradients = [None] * 6
        for layer in (2, 1, 0):
            gradients[layer], gradients[layer + 3] = said[layer].T @ slope, slope.sum(axis=0)
            if layer:
                slope = slope @ self.parameters[layer].T * (said[layer] > 0)
        self.step += 1
        for parameter, gradient, mean, square in zip(self.parameters, gradients, self.means, self.squares, strict=True):
            mean += 0.1 * (gradient - mean)
            square += 0.01 * (gradient**2 - square)
            spread = np.sqrt(square / (1 - 0.99**self.step)) + 1e-8
            parameter -= rate * mean / (1 - 0.9**self.step) / spread


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## The picture, and the board
    """) if mo.app_meta().mode == "edit" else None
    return


@app.cell
def _():
    target = np.asarray(evening().resize((240, 160), Image.LANCZOS), np.float32) / 255
    return (target,)


@app.function
def evening(width=720, height=480):
    """Return a picture that is worth the trouble: the sun behind mountains, and a wood before them."""
    rng = np.random.default_rng(2)
    y, x = np.linspace(0, 1, height)[:, None], np.linspace(0, 1, width)
    sky = [np.interp(y, [0, 0.35, 0.62], stops) for stops in ([22, 120, 250], [30, 70, 170], [72, 90, 120])]
    image = Image.fromarray(np.uint8(np.stack(sky, axis=-1) * np.ones((1, width, 1))))
    draw = ImageDraw.Draw(image)
    draw.circle((0.66 * width, 0.4 * height), 0.15 * height, fill=(255, 226, 150))
    for number, color in enumerate([(150, 72, 110), (104, 52, 100), (64, 36, 84), (34, 22, 58)]):
        ridge = 0.5 + 0.09 * number - 0.05 * np.abs((3 * x + 0.37 * number) % 1 - 0.5)
        for k in (1, 2, 3, 5, 8, 13):
            shift, stretch = rng.uniform(0, 7), rng.uniform(0.8, 1.4)
            ridge += rng.uniform(0.2, 1) * 0.07 / k * np.sin(2 * np.pi * k * stretch * x + shift)
        outline = [(0, height), *zip(range(width), ridge * height, strict=True), (width, height)]
        draw.polygon(outline, fill=color)
    for _ in range(26):
        left, foot, tall = rng.uniform((0, 0.86, 0.08), (1, 0.96, 0.17)) * (width, height, height)
        for k in range(4):
            top, wide = foot - tall * (1 - 0.2 * k), tall * (0.1 + 0.07 * k)
            draw.polygon(
                [(left, top), (left - wide, top + 0.36 * tall), (left + wide, top + 0.36 * tall)], fill=(14, 12, 30)
            )
    return image


@app.function
def decibels(loss):
    """Return the ratio of peak to error as it is usual for pictures; 30 is good, 40 hard to tell from the original."""
    return -10 * np.log10(loss)


@app.function
def enlarged(picture, size):
    return Image.fromarray(np.uint8(255 * picture.clip(0, 1) + 0.5)).resize(size, Image.BICUBIC)


@app.function
def board(picture, target, losses):
    """Return one image of all there is to watch."""
    image = Image.new("RGB", (1056, 600), (12, 14, 22))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(14)
    error = np.abs(picture - target).mean(axis=2, keepdims=True) * (6.0, 3.0, 1.4)
    for what, (x, y), size, name in [
        (picture, (0, 0), (708, 472), f"step {len(losses)}"),
        (target, (717, 0), (339, 232), "what it should be"),
        (error, (717, 240), (339, 232), "where it is wrong"),
    ]:
        image.paste(enlarged(what, size), (x, y))
        draw.text((x + size[0] - 14, y + size[1] - 12), name, fill=(255, 255, 255), font=font, anchor="rs")
    left, right, bottom, decibel = 66, 1042, 604, 2.9
    for level in (10, 20, 30, 40):
        draw.line((left, bottom - level * decibel, right, bottom - level * decibel), fill=(34, 38, 54))
        draw.text((14, bottom - level * decibel), f"{level} dB", fill=(120, 130, 160), font=font, anchor="lm")
    across = np.linspace(left, right, STEPS)[: len(losses)]
    down = bottom - decibel * decibels(np.clip(losses, 1e-5, 0.15))
    draw.line(list(zip(across, down, strict=True)), fill=(255, 206, 120), width=2)
    return image


if __name__ == "__main__":
    app.run()
