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
    after = mo.ui.run_button(label="after all that")
    after
    return (after,)


@app.cell
def _(card, facts, rfb):
    facts.note("runs", "makes")
    view = rfb.frame(card(320, 180, 5), formats=["image/png"], height=180, width="full")
    facts.hub(view.stream.server)
    facts.events(view.stream)
    view
    return (view,)


@app.cell
def _(asked, facts, view):
    facts.note("runs", "reads")
    if "read" in asked:
        facts.note("value", view.value)
    return


@app.cell
def _(facts, mo, view):
    facts.note("runs", "mentions")
    mo.hstack([view, mo.md("once more")])
    return


@app.cell
def _(after, facts):
    facts.note("runs", "after" if after.value else "unrelated")
    return


if __name__ == "__main__":
    app.run()
