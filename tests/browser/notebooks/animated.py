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
    @rfb.animate(fps=5, formats=["image/png"], height=180)
    def moving(t):
        facts.note("t", t)
        if level.value == 50:
            raise ValueError("no higher: " + ", ".join(map(str, range(20_000))))
        return card(320, 180, base + level.value + 64 * (int(4 * t) % 16))

    facts.hub(moving.stream.server)
    facts.note("name", moving.stream.name)
    moving
    return (moving,)


@app.cell
def _(mo):
    # Room to scroll.
    mo.Html('<div id="end" style="margin-top: 1500px">the end</div>') if "long" in mo.query_params() else None
    return


if __name__ == "__main__":
    app.run()
