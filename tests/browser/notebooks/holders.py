import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    facts = Facts(mo.query_params().to_dict()["facts"])
    return card, facts, mo, rfb


@app.cell
def _(mo):
    level = mo.ui.slider(0, 50, label="level")
    level
    return (level,)


@app.cell
def _(card, level, rfb):
    names = ("hstack", "tabs", "accordion", "sidebar", "array", "dictionary", "form", "batch")
    shown = {
        name: rfb.frame(card(320, 180, level.value), name=name, formats=["image/png"], height=180) for name in names
    }
    return (shown,)


@app.cell
def _(mo, shown):
    mo.sidebar([shown["sidebar"]], width="25rem")
    return


@app.cell
def _(mo, shown):
    beside = mo.hstack([shown["hstack"], mo.md("beside it")], widths=[3, 1])
    tabs = mo.ui.tabs({"picture": shown["tabs"], "elsewhere": mo.md("nothing here")})
    accordion = mo.accordion({"in an accordion": shown["accordion"]})
    mo.vstack([beside, tabs, accordion])
    return


@app.cell
def _(mo, shown):
    array = mo.ui.array([shown["array"], mo.ui.text()])
    dictionary = mo.ui.dictionary({"picture": shown["dictionary"]})
    form = shown["form"].form()
    batch = mo.md("{picture} and {text}").batch(picture=shown["batch"], text=mo.ui.text())
    mo.vstack([array, dictionary, form, batch])
    return array, batch, dictionary, form


@app.cell
def _(array, batch, dictionary, facts, form, shown):
    # Layouts have no value of their own; what does hands on that of the view.
    facts.note("array", array.value[0])
    facts.note("dictionary", dictionary.value["picture"])
    facts.note("form", form.value)
    facts.note("batch", batch.value["picture"])
    for name in ("hstack", "tabs", "accordion", "sidebar"):
        facts.note(name, shown[name].value)
    return


if __name__ == "__main__":
    app.run()
