import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    import matplotlib
    import numpy as np
    from facts import Facts

    import marimo_rfb as rfb

    matplotlib.use("rfb")
    import matplotlib.pyplot as plt

    facts = Facts(mo.query_params().to_dict()["facts"])
    return facts, mo, np, plt, rfb


@app.cell
def _(mo):
    picked, set_picked = mo.state(None)
    return picked, set_picked


@app.cell
def _(facts, picked):
    facts.note("picked", picked())
    return


@app.cell
def _(plt, set_picked):
    # By pyplot alone.
    plt.figure(figsize=(3, 2))
    axes = plt.axes((0, 0, 1, 1))
    axes.set(xlim=(0, 4), ylim=(0, 4))
    axes.plot([1, 2, 3], [1, 2, 3], "o", markersize=20, picker=True)
    plt.gcf().canvas.mpl_connect("pick_event", lambda event: set_picked(int(event.ind[0])))
    plt.show()
    return


@app.cell
def _(plt):
    from matplotlib.animation import FuncAnimation

    moving = plt.figure(figsize=(3, 2))
    (bar,) = moving.add_axes((0, 0, 1, 1)).bar([0.5], [1], width=1, color="tab:green")

    def step(number):
        bar.set_color(["tab:green", "tab:purple"][number % 2])
        return (bar,)

    animation = FuncAnimation(moving, step, interval=100, blit=True, cache_frame_data=False)
    return animation, moving


@app.cell
def _(moving, rfb):
    rfb.show(moving)
    return


@app.cell
def _(facts, np, plt, rfb):
    from matplotlib.widgets import Slider

    deep = plt.figure(figsize=(3, 2))
    space = deep.add_axes((0, 0.2, 1, 0.8), projection="3d")
    space.plot_surface(*np.meshgrid([0, 1], [0, 1]), np.eye(2), color="tab:orange")
    knob = Slider(deep.add_axes((0.1, 0, 0.8, 0.1)), "", 0, 1, valinit=0)
    knob.on_changed(lambda value: facts.note("knob", float(value)))
    deep.canvas.mpl_connect("button_release_event", lambda event: facts.note("angles", [space.elev, space.azim]))
    rfb.figure(deep)
    return (knob,)


if __name__ == "__main__":
    app.run()
