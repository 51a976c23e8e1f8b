import marimo

app = marimo.App()


@app.cell
def _():
    import threading

    import marimo as mo
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    facts = Facts(mo.query_params().to_dict()["facts"])
    return card, facts, mo, rfb, threading


@app.cell
def _(mo):
    level = mo.ui.slider(0, 20, label="level")
    exposure = mo.ui.slider(0, 20, label="exposure")
    paused = mo.ui.switch(label="paused")
    mo.hstack([level, exposure, paused])
    return exposure, level, paused


@app.cell
def _(card, facts, level, rfb):
    own = rfb.frame(card(320, 180, level.value), name="own", formats=["image/png"], height=160)
    facts.hub(own.stream.server)
    facts.note("own", own.stream.name)
    own
    return


@app.cell
def _(facts, rfb):
    camera = rfb.stream("camera", scope="app", formats=["image/png"])
    facts.note("camera", camera.name)
    camera.view(height=160)
    return (camera,)


@app.cell
def _(camera, card, exposure):
    if exposure.value:
        camera.publish(card(320, 180, exposure.value))
    return


@app.cell
def _(card, facts, rfb, threading):
    @rfb.animate(fps=10, scope="app", formats=["image/png"], height=160)
    def clock(t):
        return card(320, 180, int(10 * t) % 1024)

    facts.note("clock", clock.stream.name)
    facts.note("animations", [each.name for each in threading.enumerate() if each.name.startswith("rfb-animate")])
    clock
    return (clock,)


@app.cell
def _(clock, paused):
    clock.pause() if paused.value else clock.play()
    return


if __name__ == "__main__":
    app.run()
