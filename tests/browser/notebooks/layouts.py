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
def _(card, facts, level, mo, rfb):
    picture = rfb.frame(card(320, 180, 10 + level.value), formats=["image/png"], height=180)

    @rfb.animate(fps=10, formats=["image/png"], height=180)
    def moving(t):
        facts.note("t", t)
        return card(320, 180, 10 + level.value + 64 * (int(4 * t) % 16))

    mo.vstack([picture, moving])
    return moving, picture


if __name__ == "__main__":
    app.run()
