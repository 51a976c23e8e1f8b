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
    again = mo.ui.run_button(label="again")
    close = mo.ui.run_button(label="close")
    mo.hstack([again, close])
    return again, close


@app.cell
def _(again, card, facts, rfb):
    again.value
    still = rfb.frame(card(320, 180, 5), formats=["image/png"], height=180)
    facts.hub(still.stream.server)
    still
    return (still,)


@app.cell
def _(again, card, facts, rfb):
    again.value

    @rfb.animate(fps=5, formats=["image/png"], height=180)
    def moving(t):
        return card(320, 180, int(10 * t) % 1024)

    facts.hub(moving.stream.server)
    moving
    return (moving,)


@app.cell
def _(close, moving, still):
    if close.value:
        still.close()
        moving.close()
    return


if __name__ == "__main__":
    app.run()
