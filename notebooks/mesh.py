import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: a mesh")

with app.setup(hide_code=True):
    import marimo as mo
    import numpy as np
    import pyvista as pv

    import marimo_rfb as rfb


@app.cell(hide_code=True)
def _():
    mo.md("""
    # An island

    Drag to **turn** the island, with Shift to move it, and zoom with the wheel. Let the sea **rise** with the slider.
    **Click** on the land to measure how high it is there.
    """)
    return


@app.cell
def _():
    sea_level = mo.ui.slider(-40, 80, value=0, label="Sea level in m")
    sea_level
    return (sea_level,)


@app.cell
def _():
    n = 200
    x, y = np.meshgrid(np.linspace(-2, 2, n), np.linspace(-2, 2, n))
    waves = np.hypot(*np.meshgrid(np.fft.fftfreq(n), np.fft.fftfreq(n))) + 2 / n
    noise = np.fft.ifft2(np.fft.fft2(np.random.default_rng(12).normal(size=(n, n))) / waves**2).real
    height = 130 * np.exp(-0.6 * (x**2 + y**2)) + 0.085 * noise - 45
    height = np.where(height > 0, height * np.abs(height / 90) ** 0.35, height)

    island = pv.StructuredGrid(x, y, height / 150)
    island["height in m"] = height.ravel("F")
    return height, island


@app.cell
def _():
    place, set_place = mo.state(None)
    return place, set_place


@app.cell
def _(island, set_place):
    plotter = pv.Plotter(off_screen=True, window_size=(900, 520))
    plotter.set_background("white", top="lightsteelblue")
    plotter.add_mesh(island, cmap="gist_earth", clim=(-90, 130), smooth_shading=True, show_scalar_bar=False)
    sea = plotter.add_mesh(pv.Plane(i_size=4, j_size=4), color="steelblue", opacity=0.55, specular=0.6, pickable=False)
    plotter.camera_position = [(4, -4.4, 2.9), (0, 0, -0.1), (0, 0, 1)]
    plotter.enable_surface_point_picking(set_place, left_clicking=True, show_message=False, color="red", point_size=12)
    rfb.figure(plotter, keep_camera=True)
    return (sea,)


@app.cell
def _(sea, sea_level):
    sea.position = (0, 0, sea_level.value / 150)
    return


@app.cell(hide_code=True)
def _(height, place, sea_level):
    _land = f"{(height > sea_level.value).mean():.0%} of the square are land."
    _here = "" if place() is None else f" The place is **{150 * place()[2] - sea_level.value:.0f} m** above the sea."
    mo.md(_land + _here)
    return


if __name__ == "__main__":
    app.run()
