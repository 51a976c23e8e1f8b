import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    from card import card
    from embedded_app import app as embedded

    import marimo_rfb as rfb

    return card, embedded, mo, rfb


@app.cell
async def _(embedded):
    result = await embedded.embed()
    result.output
    return


@app.cell
def _(mo):
    # Of a click this notebook makes a circle: what is drawn changes because of the value, which stays.
    step, set_step = mo.state(0)
    return set_step, step


@app.cell
def _(card, rfb, step):
    circle = rfb.frame(card(320, 180, step()), height=180, formats=["image/png"])
    circle
    return (circle,)


@app.cell
def _(circle, set_step, step):
    if circle.value and step() < 20:
        set_step(lambda n: n + 1)
    return


if __name__ == "__main__":
    app.run()
