import marimo

app = marimo.App()


@app.cell
def _():
    import json

    import marimo as mo
    from facts import Facts

    import marimo_rfb as rfb

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    views = [
        mo.ui.anywidget((rfb.RfbCanvas if traits.pop("bare", False) else rfb.RfbViewer)(**{"height": 200, **traits}))
        for traits in json.loads(asked["traits"])
    ]
    for _each in views:
        facts.traits(_each.widget)
    mo.vstack(views)
    return (mo,)


@app.cell
def _(mo):
    # As somebody does who wants other colours.
    mo.Html(mo.query_params().to_dict().get("html", ""))
    return


if __name__ == "__main__":
    app.run()
