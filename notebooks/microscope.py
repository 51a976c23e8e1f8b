import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: a microscope stack")

with app.setup(hide_code=True):
    import marimo as mo
    import matplotlib.pyplot as plt
    import numpy as np

    import marimo_rfb as rfb


@app.cell(hide_code=True)
def _():
    mo.md("""
    # A stack of a microscope

    Cells with a stained membrane and a stained nucleus: sixteen bits, nine planes, twelve times. The slider focuses.
    The tool **Contrast** over the picture chooses which counts are dark and which are bright. **Click** to read the raw
    count and the profile of the row, or **drag** for the profile of any line.
    """)
    return


@app.cell
def _():
    stack = recorded()
    depth = mo.ui.slider(0, stack.shape[1] - 1, value=4, label="Plane", show_value=True)
    depth
    return depth, stack


@app.cell
def _(depth, stack):
    @rfb.animate(fps=8, vmin=100, vmax=900, cmap="inferno", height=480, alt="Cells that drift, in one plane")
    def plane(t):
        return stack[int(8 * t) % len(stack), depth.value]

    plane
    return (plane,)


@app.cell
def _(depth, plane, stack):
    event = plane.value if plane.value and plane.value["type"] != "key_down" else {"x": 0, "y": 120}
    (x0, y0), (x1, y1) = event.get("start", (0, event.get("y"))), event.get("end", (319, event.get("y")))
    along = np.linspace(0, 1, int(np.hypot(x1 - x0, y1 - y0)) + 1)
    xs, ys = (x0 + along * (x1 - x0)).astype(int).clip(0, 319), (y0 + along * (y1 - y0)).astype(int).clip(0, 239)
    profiles = stack[:, depth.value, ys, xs]

    fig, ax = plt.subplots(figsize=(7, 2.4), layout="constrained")
    ax.plot(profiles.T, color="tab:blue", alpha=0.15)
    ax.plot(profiles.mean(axis=0), color="tab:red")
    ax.set(xlabel="pixels along the line", ylabel="counts", title=f"Plane {depth.value}")
    _read = f"**{event['value']}** counts at {event['x']}, {event['y']}." if "value" in event else ""
    mo.vstack([mo.md(_read), rfb.figure(fig)])
    return


@app.function
def recorded(times=12, planes=9, height=240, width=320, cells=36, points=3600):
    """Return counts of a camera, (time, plane, row, column), of points of light on membranes and in nuclei."""
    rng = np.random.default_rng(5)
    ball = rng.normal(size=(cells, points, 3))
    ball /= np.linalg.norm(ball, axis=-1, keepdims=True)
    ball[:, : points // 3] *= 0.45 * rng.random((cells, points // 3, 1)) ** (1 / 3)
    size, middle = rng.uniform((2, 12, 12), (3, 24, 24), (cells, 1, 3)), rng.random((cells, 1, 3))
    far = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    stack = np.empty((times, planes, height, width), np.uint16)
    for time in range(times):
        drift = 6 * np.sin(2 * np.pi * (time / times + middle[..., ::-1]))
        place = (middle * (planes, height, width) + ball * size + drift * (0, 1, 1)).astype(int)
        index = np.ravel_multi_index(tuple(place.reshape(-1, 3).T), (planes, height, width), mode="wrap")
        light = np.fft.rfft2(np.bincount(index, minlength=planes * height * width).reshape(planes, height, width))
        for plane in range(planes):
            blur = [np.exp(-2 * (np.pi * far * (1 + 1.6 * abs(plane - other))) ** 2) for other in range(planes)]
            seen = np.fft.irfft2((light * blur).sum(axis=0), s=(height, width)).clip(0)
            stack[time, plane] = 100 + 5 * rng.poisson(8 * seen + 2) + rng.normal(0, 4, seen.shape)
    return stack


if __name__ == "__main__":
    app.run()
