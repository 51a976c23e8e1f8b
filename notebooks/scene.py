import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: a scene")

with app.setup(hide_code=True):
    import marimo as mo
    import numpy as np

    import marimo_rfb as rfb

    rfb.use_rendercanvas()
    import pygfx as gfx
    from rendercanvas.auto import RenderCanvas


@app.cell(hide_code=True)
def _():
    mo.md("""
    # A scene

    DNA, drawn by pygfx. **Drag** to turn it, use the **wheel** to come closer, and **click on a base** to learn what it
    is. The slider unwinds the helix in place: the scene, and the way you look at it, stay.
    """)
    return


@app.cell
def _():
    codes = np.random.default_rng(5).integers(0, 4, 40)
    strands = np.array(list("ACGT"))[[codes, 3 - codes]]
    picked, set_picked = mo.state((0, 20))
    return picked, set_picked, strands


@app.cell
def _(set_picked, strands):
    scene = gfx.Scene().add(gfx.Background.from_color("#2a3b5c", "#10182a"), gfx.AmbientLight(1, 0.3))
    colors = {"A": "#5ad17a", "C": "#5a8dff", "G": "#ffc43d", "T": "#ff6b6b"}
    places = {letter: np.argwhere(strands == letter) for letter in colors}
    balls = {}
    for _letter, _color in colors.items():
        _material = gfx.MeshPhongMaterial(color=_color, pick_write=True)
        balls[_letter] = gfx.InstancedMesh(gfx.sphere_geometry(0.3, 24, 16), _material, len(places[_letter]))
        balls[_letter].add_event_handler(
            lambda event, at=places[_letter]: set_picked(tuple(at[event.pick_info["instance_index"]])), "pointer_down"
        )
    rungs = gfx.Line(gfx.Geometry(positions=np.zeros((80, 3), "f4")), gfx.LineSegmentMaterial(thickness=4))
    canvas = RenderCanvas(size=(720, 400), title="DNA")
    renderer = gfx.WgpuRenderer(canvas)
    camera = gfx.PerspectiveCamera(50, depth_range=(0.1, 100)).add(gfx.DirectionalLight(1, 1.6))
    camera.local.position = 0, 0, 13
    gfx.OrbitController(camera, target=(0, 0, 0), register_events=renderer)
    scene.add(rungs, camera, *balls.values())
    canvas.request_draw(lambda: renderer.render(scene, camera))
    rfb.figure(canvas)
    return balls, canvas, places, rungs


@app.cell
def _():
    twist = mo.ui.slider(0, 60, value=34, label="Twist of a base pair, degrees")
    twist
    return (twist,)


@app.cell
def _(balls, canvas, places, rungs, twist):
    _angle = np.radians(twist.value) * (np.arange(40) - 20) + np.array([[0], [np.pi]])
    helix = np.stack([0.4 * (np.arange(40) - 19.5) + 0 * _angle, 1.5 * np.cos(_angle), 1.5 * np.sin(_angle)], axis=-1)
    for _letter, _balls in balls.items():
        for _index, (_strand, _number) in enumerate(places[_letter]):
            _balls.set_matrix_at(_index, np.vstack([np.c_[np.eye(3), helix[_strand, _number]], [0, 0, 0, 1]]))
    rungs.geometry.positions.set_data(helix.swapaxes(0, 1).reshape(80, 3).astype("f4"))
    canvas.request_draw()
    return


@app.cell(hide_code=True)
def _(picked, strands):
    mo.md(f"**{strands[picked()]}** with {strands[1 - picked()[0], picked()[1]]}, pair {picked()[1] + 1} of 40")
    return


if __name__ == "__main__":
    app.run()
