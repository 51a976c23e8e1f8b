import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    facts = Facts(mo.query_params()["facts"])
    return card, facts, mo, rfb


@app.cell
def _(mo):
    level = mo.ui.slider(0, 50, label="level")
    level
    return (level,)


@app.cell
def _():
    base = 10
    return (base,)


@app.cell
def _(base, card, facts, level, rfb):
    picture = rfb.frame(card(320, 180, base + level.value), formats=["image/png"], height=180)
    facts.hub(picture.stream.server)
    picture
    return (picture,)


if __name__ == "__main__":
    app.run()
