import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: figures")

with app.setup(hide_code=True):
    import marimo as mo
    import matplotlib.pyplot as plt
    import numpy as np
    from matplotlib.animation import FuncAnimation

    import marimo_rfb as rfb


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Figures

    The light of a star, through a spectrograph. **Pan and zoom** with the tools over the figure, and move the slider:
    the next figure keeps your limits. **Click on a red line** to learn what absorbs the light there.
    """)
    return


@app.cell
def _():
    resolution = mo.ui.slider(1, 12, value=4, label="Slit width")
    resolution
    return (resolution,)


@app.cell
def _():
    lines = {"Ca H": 396.8, "Hδ": 410.2, "Hγ": 434.0, "Hβ": 486.1, "Mg b": 517.3, "Na D": 589.3, "Hα": 656.3}
    picked, set_picked = mo.state("Hα")
    return lines, picked, set_picked


@app.cell
def _(lines, resolution, set_picked):
    nm = np.linspace(380, 680, 6000)
    light = np.exp(-(((nm - 500) / 190) ** 2)) + 0.01 * np.random.default_rng(7).normal(size=nm.size)
    for _place in lines.values():
        light -= 0.55 * light * np.exp(-(((nm - _place) / (0.25 * resolution.value)) ** 2)) / resolution.value**0.5

    fig, ax = plt.subplots(figsize=(9, 3.6), layout="constrained")
    ax.imshow(nm[None], extent=(380, 680, 0, 1.1), aspect="auto", cmap="turbo")
    ax.fill_between(nm, light, 1.1, color="white")
    ax.plot(nm, light, color="#334", lw=0.8)
    ax.set(xlabel="wavelength in nm", ylabel="light", title="Spectrum of a star", xlim=(380, 680), ylim=(0, 1.1))
    for _name, _place in lines.items():
        ax.axvline(_place, color="tab:red", alpha=0.4, lw=3, picker=4, label=_name)
        ax.text(_place, 1.04, _name, ha="center", size=8, clip_on=True)
    fig.canvas.mpl_connect("pick_event", lambda event: set_picked(event.artist.get_label()))
    rfb.figure(fig, keep_limits=True)
    return


@app.cell(hide_code=True)
def _(lines, picked):
    mo.md(f"**{picked()}** absorbs light of {lines[picked()]} nm.")
    return


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## What moves

    An animation draws only what moves. It pauses while nobody looks.
    """)
    return


@app.cell
def _(lines):
    prism, _ax = plt.subplots(figsize=(9, 1.6), layout="constrained")
    _ax.set(xlim=(380, 680), ylim=(-1, 1), yticks=[])
    _ax.vlines(list(lines.values()), -1, 1, color="tab:red", alpha=0.4)
    (_wave,) = _ax.plot([], [], color="tab:blue", animated=True)
    _nm = np.linspace(380, 680, 800)

    def _step(number):
        _wave.set_data(_nm, 0.8 * np.sin(_nm / 6 - number / 4) * np.exp(-(((_nm - 380 - number % 300) / 40) ** 2)))
        return (_wave,)

    animation = FuncAnimation(prism, _step, interval=33, blit=True, cache_frame_data=False)
    rfb.figure(prism)
    return (animation,)


@app.cell(hide_code=True)
def _():
    mo.md("""
    ## In three dimensions

    Drag to turn it, with the right button to zoom.
    """)
    return


@app.cell
def _():
    _x, _y = np.meshgrid(*[np.linspace(-3, 3, 60)] * 2)
    _deep = plt.figure(figsize=(5, 4), layout="constrained")
    _space = _deep.add_subplot(projection="3d")
    _space.plot_surface(_x, _y, np.exp(-(_x**2) - _y**2) * np.cos(4 * np.hypot(_x, _y)), cmap="viridis")
    _space.set_title("Point spread")
    rfb.show(_deep)
    return


if __name__ == "__main__":
    app.run()
