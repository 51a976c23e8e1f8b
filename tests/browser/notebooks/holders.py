import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    return asked, card, facts, mo, rfb


@app.cell
def _(mo):
    level = mo.ui.slider(0, 50, label="level")
    level
    return (level,)


@app.cell
def _(card, level, rfb):
    view = rfb.frame(card(320, 180, level.value), formats=["image/png"], height=180)
    return (view,)


@app.cell
def _(asked, mo, view):
    makers = {
        "hstack": lambda: mo.hstack([view, mo.md("beside it")], widths=[3, 1]),
        "tabs": lambda: mo.ui.tabs({"picture": view, "elsewhere": mo.md("nothing here")}),
        "accordion": lambda: mo.accordion({"picture": view}),
        "sidebar": lambda: mo.sidebar([view], width="25rem"),
        "array": lambda: mo.ui.array([view, mo.ui.text()]),
        "dictionary": lambda: mo.ui.dictionary({"picture": view}),
        "form": lambda: view.form(),
        "batch": lambda: mo.md("{picture} and {text}").batch(picture=view, text=mo.ui.text()),
    }
    held = makers[asked["holder"]]()
    held
    return (held,)


@app.cell
def _(asked, facts, held, view):
    # Layouts have no value of their own; what does hands on that of the view.
    has_value = asked["holder"] in ("array", "dictionary", "form", "batch")
    facts.note("value", held.value if has_value else view.value)
    return


if __name__ == "__main__":
    app.run()
