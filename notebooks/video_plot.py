import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: a film and its plot")

with app.setup(hide_code=True):
    import marimo as mo
    import numpy as np

    import marimo_rfb as rfb

    rfb.use_rendercanvas()
    import fastplotlib as fpl


@app.cell(hide_code=True)
def _():
    mo.md("""
    # A film and its plot

    Neurons that fire, as a microscope sees them, drawn by fastplotlib. **Click on a cell** in the film to plot how
    bright it is over time; the wheel zooms, and a drag pans. Move the slider to look at another moment.
    """)
    return


@app.cell
def _():
    random = np.random.default_rng(11)
    places = random.uniform((8, 8), (88, 120), (24, 2))[:, :, None, None]
    shapes = np.exp(-((np.mgrid[:96, :128] - places) ** 2).sum(axis=1) / 18)
    fired = random.random((24, 300)) < 0.015
    decay = np.exp(-np.arange(60) / 14)
    calcium = np.array([np.convolve(neuron, decay)[:300] for neuron in fired]) + 0.1
    film = np.einsum("nt,nyx->tyx", calcium, shapes) + random.normal(0, 0.05, (300, 96, 128))
    film = film.astype(np.float32)
    row, column = places[fired.sum(axis=1).argmax(), :, 0, 0].astype(int)
    picked, set_picked = mo.state((row, column))
    return film, picked, set_picked


@app.cell
def _(film, set_picked):
    figure = fpl.Figure(shape=(2, 1), size=(720, 600), names=["film", "brightness"])
    image = figure["film"].add_image(film[0], vmin=0, vmax=1.2, cmap="viridis")
    image.add_event_handler(lambda event: set_picked(event.pick_info["index"][::-1]), "click")
    trace = figure["brightness"].add_line(
        np.c_[np.arange(300), np.linspace(-0.3, 2, 300)].astype("f4"), colors="#7fd4ff"
    )
    now = figure["brightness"].add_line(np.array([[0, -0.3], [0, 2]], "f4"), colors="#ffb000", thickness=3)
    figure["brightness"].camera.maintain_aspect = False
    rfb.figure(figure)
    return figure, image, now, trace


@app.cell
def _():
    moment = mo.ui.slider(0, 299, value=12, label="Moment", full_width=True)
    moment
    return (moment,)


@app.cell
def _(figure, film, image, moment, now):
    image.data = film[moment.value]
    now.data[:, 0] = moment.value
    figure.canvas.request_draw()
    return


@app.cell
def _(figure, film, picked, trace):
    _row, _column = picked()
    trace.data[:, 1] = film[:, _row, _column]
    figure.canvas.request_draw()
    mo.md(f"Row {_row}, column {_column}: at most **{film[:, _row, _column].max():.2f}**")
    return


if __name__ == "__main__":
    app.run()
