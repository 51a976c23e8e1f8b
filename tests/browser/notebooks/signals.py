import marimo

app = marimo.App()


@app.cell
def _():
    import time

    import marimo as mo
    import numpy as np
    from facts import Facts

    import marimo_rfb as rfb

    facts = Facts(mo.query_params()["facts"])
    return facts, mo, np, rfb, time


@app.cell
def _(facts, np, rfb):
    # No two pixels that touch are alike, and the page gets only a coarse likeness of them.
    y, x = np.mgrid[:180, :320]
    pixels = np.stack([x % 256, y, (7 * x + 13 * y) % 256], axis=2).astype(np.uint8)
    view = rfb.frame(pixels, formats=["image/jpeg"], quality=20, height=180)
    facts.hub(view.stream.server)
    facts.events(view)
    view
    return (view,)


@app.cell
def _(view):
    moves = view.on("pointer_move", max_hz=10)
    return (moves,)


@app.cell
def _(facts, moves, time):
    facts.note("moves", {"at_s": time.time(), "event": moves()})
    return


@app.cell
def _(view):
    picks = view.on("pick")
    return (picks,)


@app.cell
def _(facts, picks):
    facts.note("picks", picks())
    return


@app.cell
def _(view):
    drags = view.on("drag")
    return (drags,)


@app.cell
def _(drags, facts):
    facts.note("drags", drags())
    return


@app.cell
def _(mo):
    middle = mo.ui.slider(0, 320, value=160, label="middle")
    middle
    return (middle,)


@app.cell
def _(middle, view):
    lefts = view.on("pointer_down", where=lambda event: event["x"] < middle.value)
    return (lefts,)


@app.cell
def _(facts, lefts):
    facts.note("lefts", lefts())
    return


@app.cell
def _(view):
    viewers, size, connected = view.viewers, view.size, view.connected
    return connected, size, viewers


@app.cell
def _(facts, viewers):
    facts.note("viewers", viewers())
    return


@app.cell
def _(facts, size):
    facts.note("size", size())
    return


@app.cell
def _(connected, facts):
    facts.note("connected", connected())
    return


if __name__ == "__main__":
    app.run()
