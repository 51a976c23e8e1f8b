import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: a point cloud")

with app.setup(hide_code=True):
    import marimo as mo
    import numpy as np
    from vispy import scene

    import marimo_rfb as rfb


@app.cell(hide_code=True)
def _():
    mo.md("""
    # A galaxy of thirty thousand stars

    **Drag to turn it**, with the wheel or the right button come nearer. The sliders move the stars where they are,
    and your view of them stays. Python draws them with OpenGL, with or without a GPU.
    """)
    return


@app.cell
def _():
    arms = mo.ui.slider(1, 6, value=2, label="Arms")
    winding = mo.ui.slider(0, 9, 0.1, value=3.5, label="Winding")
    mo.hstack([arms, winding], justify="start")
    return arms, winding


@app.cell
def _():
    tilt, set_tilt = mo.state(35)
    return set_tilt, tilt


@app.cell
def _(set_tilt):
    rfb.use_vispy()
    canvas = scene.SceneCanvas(title="A spiral galaxy", size=(900, 480), bgcolor="#05060f")
    camera = canvas.central_widget.add_view(scene.TurntableCamera(elevation=35, azimuth=20, distance=9)).camera
    stars = scene.visuals.Markers(parent=camera.parent, antialias=0)
    stars.set_gl_state("additive", depth_test=False)
    canvas.events.mouse_move.connect(lambda at: at.is_dragging and set_tilt(camera.elevation), position="last")
    rfb.figure(canvas)
    return (stars,)


@app.cell
def _(arms, stars, winding):
    radius, hue, stray = np.random.default_rng(8).gamma([2.2, 1, 1], [1.0, 1, 0.45], (30_000, 3)).T
    is_old = hue < 0.5
    radius[hue < 0.2] *= 0.35  # the bulge
    angle = winding.value * np.log(radius + 0.3) + np.arange(radius.size) % arms.value * 2 * np.pi / arms.value
    angle += np.where(is_old, 40, 1) * np.random.default_rng(9).normal(size=radius.size) * stray
    height = np.random.default_rng(10).normal(size=radius.size) * np.where(is_old, 0.5, 0.12) * np.exp(-radius / 2.5)
    color = np.where(is_old[:, None], (1.0, 0.62, 0.3, 0.24), (0.4, 0.6, 1.0, 0.3))
    color[hue > 4] = 1, 0.3, 0.5, 0.7  # where stars are born
    place = np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=1)
    stars.set_data(place, size=np.where(hue > 3, 3, 2), edge_width=0, face_color=color)
    return


@app.cell
def _(tilt):
    _ratio = abs(np.sin(np.radians(tilt())))
    mo.md(f"Seen {abs(tilt()):.0f}° above its disc. Its image is {_ratio:.2f} times as high as it is wide.")
    return


if __name__ == "__main__":
    app.run()
