import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: feature maps")

with app.setup(hide_code=True):
    import marimo as mo
    import torch

    import marimo_rfb as rfb


@app.cell(hide_code=True)
def _():
    mo.md("""
    # Feature maps

    A convolutional network looks at shapes that move. Its first layer has filters for edges, one for each of eight
    directions; the other two have random ones. **The slider chooses the layer, a click the map** that is enlarged, and
    **who points at a map reads it**. `rfb.animate` takes tensors as they are, and `cmap` gives numbers their colors.
    """)
    return


@app.cell
def _():
    torch.manual_seed(4)
    model = torch.nn.Sequential()
    for _channels in [(1, 8), (8, 8), (8, 32)]:
        model.append(torch.nn.Conv2d(*_channels, 5, padding=2, bias=False))
        model.extend([torch.nn.ReLU(), torch.nn.MaxPool2d(2)])
    model.requires_grad_(False)
    _angle = torch.arange(8)[:, None, None] * torch.pi / 4
    _y, _x = torch.meshgrid(torch.arange(-2, 3), torch.arange(-2, 3), indexing="ij")
    model[0].weight[:, 0] = (_x * _angle.cos() + _y * _angle.sin()) * torch.exp(-(_x**2 + _y**2) / 3)
    return (model,)


@app.cell
def _():
    layer = mo.ui.slider(1, 3, label="Layer", show_value=True)
    chosen, choose = mo.state((0, 0))
    return choose, chosen, layer


@app.cell
def _(layer, model):
    rows, columns = (4, 8) if layer.value == 3 else (2, 4)
    front = model[: 3 * layer.value]

    def features(t):
        return front(scene(t)).unflatten(1, (rows, columns))[0]

    top = float(features(0).max())

    @rfb.animate(fps=30, vmin=0, vmax=top, cmap="magma", height=260, alt="All maps of the layer")
    def maps(t):
        return features(t).transpose(1, 2).flatten(2).flatten(0, 1)  # side by side

    return columns, features, maps, rows, top


@app.cell
def _(chosen, columns, features, rows, top):
    row, column = min(chosen()[0], rows - 1), min(chosen()[1], columns - 1)
    enlarged = rfb.animate(
        lambda t: features(t)[row, column], name="enlarged", vmin=0, vmax=top, cmap="magma", height=190
    )
    return (enlarged,)


@app.cell
def _(enlarged, layer, maps):
    seen = rfb.animate(scene, name="seen", height=190, alt="What the network looks at")
    mo.vstack([mo.hstack([seen, enlarged], justify="start", wrap=True), layer, maps], gap=1)
    return


@app.cell
def _(choose, columns, maps, rows):
    maps.on_click(lambda at: choose((at["y"] * rows // maps.stream.height, at["x"] * columns // maps.stream.width)))
    return


@app.cell
def _(maps):
    pointed = maps.on("pointer_move", max_hz=10, where=lambda event: event["inside"])
    return (pointed,)


@app.cell
def _(maps, pointed):
    _at, _frame = pointed(), maps.stream.newest
    _is_there = _at and _frame and _at["x"] < maps.stream.width and _at["y"] < maps.stream.height
    mo.md(f"{_frame.data[_at['y'], _at['x']]:.3f} at {_at['x']}, {_at['y']}" if _is_there else "Point at a map.")
    return


@app.function
def scene(t):
    """Return what the network looks at, of shape (1, 1, 192, 256), from 0 to 1: a flower and a ring that move."""
    t = torch.tensor(t)
    y, x = torch.meshgrid(torch.linspace(-0.75, 0.75, 192), torch.linspace(-1, 1, 256), indexing="ij")
    left, top = x + 0.4 * t.cos(), y + 0.2 * (1.3 * t).sin()
    flower = 0.4 + 0.1 * torch.cos(5 * torch.atan2(top, left) - t) - torch.hypot(left, top)
    ring = 0.06 - (torch.hypot(x - 0.5 * t.cos(), y - 0.3 * (0.7 * t).cos()) - 0.3).abs()
    return torch.sigmoid(100 * torch.maximum(flower, ring))[None, None]


if __name__ == "__main__":
    app.run()
