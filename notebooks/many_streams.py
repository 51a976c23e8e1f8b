import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: many streams")

with app.setup(hide_code=True):
    import time

    import marimo as mo
    import numpy as np

    import marimo_rfb as rfb


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Many streams

    One equation, six worlds. Ginzburg's and Landau's tells of all that swings and spreads: superconductors, lasers,
    chemical clocks, the muscle of a heart. Two numbers, *b* and *c*, decide whether it settles, winds up into spirals
    or never comes to rest. Colors are the phase of the swing, dark spots the places where it has none.
    """)
    return


@app.cell(hide_code=True)
def _(running, worlds):
    _tiles = [mo.vstack([worlds[name], running[name]], gap=0.5).style(min_width="14rem") for name in worlds]
    mo.vstack(
        [
            mo.hstack(_tiles[:3], widths="equal", gap=1, wrap=True),
            mo.hstack(_tiles[3:], widths="equal", gap=1, wrap=True),
        ],
        gap=1,
    )
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## A view for each name

    One cell makes them all, each under a `name` of its own. Each has a thread and a socket; the port they share. The
    field is kept in `tick.state`, which outlives the function: edit it, and the worlds go on from where they are.
    """)
    return


@app.cell
def _():
    def evolving(b, c):
        def evolve(t, tick):
            field = tick.state.setdefault("field", seeded(height=184, width=264))
            for _ in range(4):
                field = step(field, b, c)
            tick.state["field"] = field
            return colors_of(field)

        return evolve

    settings = {f"b = {b}, c = {c}": (b, c) for b in (0, 2) for c in (-0.3, -0.8, -1.4)}
    worlds = {
        name: rfb.animate(evolving(b, c), fps=30, name=name, height=240, fit="cover")
        for name, (b, c) in settings.items()
    }
    return (worlds,)


@app.cell
def _(worlds):
    running = mo.ui.dictionary(
        {
            name: mo.ui.switch(True, label=name, on_change=lambda on, view=view: view.play() if on else view.pause())
            for name, view in worlds.items()
        }
    )
    return (running,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What nobody sees costs nothing

    Switch a world off above, or scroll until some are out of sight: what is not on screen is neither computed nor
    encoded nor sent. `viewers` and `size` of a view are getters that cells can react to.
    """)
    return


@app.cell
def _(worlds):
    first = next(iter(worlds.values()))
    viewers, size = first.viewers, first.size
    return first, size, viewers


@app.cell(hide_code=True)
def _(first, size, viewers):
    _pages = "one page" if viewers() == 1 else f"{viewers()} pages"
    _size = " × ".join(map(str, size())) if size() else "no"
    mo.md(f"The first world is open in {_pages}, at {_size} pixels; all are served on port {first.stream.port}.")
    return


@app.cell(hide_code=True)
def _():
    second = mo.ui.refresh(default_interval="1s", label="measured every")
    return (second,)


@app.cell(hide_code=True)
def _(measure, second, three, worlds):
    second
    _streams = {**{name: view.stream for name, view in worlds.items()}, **three}
    mo.vstack([mo.md(table_of(measure(_streams))), second], align="start")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## Three streams of one simulation

    `rfb.stream(name)` is a picture that anything may publish to. Here one function computes the next step, returns the
    phase to its own view, and publishes what else is worth seeing. Only the tab that you look at has a viewer: the
    other stream is not even asked for a picture.
    """)
    return


@app.cell
def _():
    twist = mo.ui.slider(-1.5, 0, 0.05, value=-0.3, label="c", show_value=True)
    twist
    return (twist,)


@app.cell
def _():
    vortices = rfb.stream("vortices")
    spectrum = rfb.stream("spectrum")
    return spectrum, vortices


@app.cell
def _(spectrum, twist, vortices):
    @rfb.animate(fps=30, height=400, fit="cover", alt="Phase of a field of oscillators")
    def phase(t, tick):
        field = tick.state.setdefault("field", seeded(height=240, width=318))
        for _ in range(3):
            field = step(field, 2, twist.value)
        tick.state["field"] = field
        if vortices.client_count:
            vortices.publish(glow_of(1.1 - np.abs(field)))
        if spectrum.client_count:
            waves = np.abs(np.fft.fftshift(np.fft.fft2(field)))
            spectrum.publish(glow_of(np.log1p(waves[70:170, 93:225]) / 9))
        return colors_of(field)

    return (phase,)


@app.cell
def _(phase, spectrum, vortices):
    three = {"phase": phase.stream, "vortices": vortices, "spectrum": spectrum}
    tabs = {
        "vortices": vortices.view(height=400, fit="cover", alt="Vortices: where nothing swings"),
        "spectrum": spectrum.view(height=400, fit="cover", alt="Spectrum: which waves there are"),
    }
    mo.hstack([phase, mo.ui.tabs(tabs)], widths="equal", gap=1, align="end")
    return (three,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## The equation

    From here on it is mathematics and paint.
    """) if mo.app_meta().mode == "edit" else None
    return


@app.function
def seeded(height, width, waves=5):
    """Return a field of long waves only, complex64 `(height, width)`."""
    rng = np.random.default_rng()
    spectrum = np.zeros((height, width), complex)
    low = np.hypot(np.fft.fftfreq(height, 1 / height)[:, None], np.fft.fftfreq(width, 1 / width)) < waves
    spectrum[low] = rng.standard_normal((low.sum(), 2)) @ (1, 1j)
    field = np.fft.ifft2(spectrum)
    return (0.5 * field / field.std()).astype(np.complex64)


@app.function
def step(field, b, c):
    """Return the field a moment later; it is a torus, so what leaves on one side comes in on the other."""
    nearby = np.roll(field, 1, 0)
    nearby += np.roll(field, -1, 0)
    nearby += np.roll(field, 1, 1)
    nearby += np.roll(field, -1, 1)
    nearby -= 4 * field
    nearby *= np.complex64(0.08 / 1.4**2 * (1 + 1j * b))
    nearby += field * (np.complex64(1.08) - np.complex64(0.08 * (1 + 1j * c)) * (field.real**2 + field.imag**2))
    return nearby


@app.function
def ramp(*colors, shades=256):
    """Return so many shades of the colors, which are evenly spaced."""
    stops = np.array([list(bytes.fromhex(color)) for color in colors])
    at = np.linspace(0, len(colors) - 1, shades)
    return np.stack([np.interp(at, range(len(colors)), channel) for channel in stops.T], axis=-1).astype(np.uint8)


@app.function
def colors_of(field):
    hues = ramp("101430", "2a5c8f", "7cc0b8", "f4ead0", "eaa06a", "a8445c", "401c46", "101430")
    phase = (np.angle(field) * (255 / (2 * np.pi)) + 127.5).astype(np.uint8)
    light = np.minimum(0.12 + 0.88 * (field.real**2 + field.imag**2), 1)
    return (hues[phase] * light[..., None]).astype(np.uint8)


@app.function
def glow_of(amount):
    glow = ramp("05060f", "1d1446", "6a1d63", "c43c4e", "f58b3c", "fcd98a", "fffbe6")
    return glow[np.clip(220 * amount, 0, 255).astype(np.uint8)]


@app.cell(hide_code=True)
def _():
    before = {}

    def measure(streams):
        """Return for each stream what it did in the seconds since the last time, and who watches."""
        now, rows = time.monotonic(), []
        for name, stream in streams.items():
            counted = (now, stream.stats.rendered, stream.stats.encoded, stream.stats.encoded_bytes / 1000)
            passed, *done = np.subtract(counted, before.get(name, counted))
            before[name] = counted
            rows.append((name, stream.audience, [each / passed if passed else 0 for each in done]))
        return rows

    return (measure,)


@app.function(hide_code=True)
def table_of(rows):
    head = "| stream | on screen | computed | encoded | sent |\n|:--|:--|--:|--:|--:|\n"
    lines = [
        f"| {name} | {'yes' if seen.watching else 'no'} | {drawn:.0f} / s | {encoded:.0f} / s | {sent:.0f} kB / s |"
        for name, seen, (drawn, encoded, sent) in rows
    ]
    return head + "\n".join(lines)


if __name__ == "__main__":
    app.run()
