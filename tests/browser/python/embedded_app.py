"""A notebook that another one embeds."""

import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    from card import card

    import marimo_rfb as rfb

    return card, mo, rfb


@app.cell
def _(card, mo, rfb):
    view = rfb.frame(card(320, 180, 5), height=180, formats=["image/png"])
    downs = view.on("pointer_down")
    lookers = view.viewers
    clicks, set_clicks = mo.state(0)
    view.on_click(lambda click: set_clicks(lambda number: number + 1))
    mo.vstack([view])
    return clicks, downs, lookers, view


@app.cell
def _(clicks, downs, lookers, mo, view):
    told = [each and each["type"] for each in (view.value, downs())]
    mo.md(f"value {told[0]}, getter {told[1]}, {clicks()} clicks, {lookers()} viewers")
    return


if __name__ == "__main__":
    app.run()
