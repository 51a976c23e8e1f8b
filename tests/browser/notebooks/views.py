import marimo

app = marimo.App(width="full")


@app.cell
def _():
    import itertools

    import marimo as mo
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    return asked, card, facts, itertools, mo, rfb


@app.cell
async def _(asked, card, facts, itertools, rfb):
    stream = await rfb.serve(320, 180, formats=asked.get("format", "image/png").split(","), quality=95)
    facts.hub(stream.server)
    facts.events(stream)
    counter = itertools.count()

    def picture():
        wishes = facts.wishes
        if "fail" in wishes:
            raise ValueError(wishes["fail"])
        if "close" in wishes:
            stream.close()
        width, height = wishes.get("size", (320, 180))
        return card(width, height, 0 if "still" in wishes else next(counter), alpha=wishes.get("alpha"))

    rfb.publish_loop(stream, picture, fps=5)
    return (stream,)


@app.cell
def _(asked, facts, mo, rfb, stream):
    # p and w are the presenters, of the page and of the worker; a capital has the chrome.
    kinds = asked.get("views", "P")
    fits = asked.get("fit", "contain").split(",")
    views = [
        mo.ui.anywidget(
            (rfb.RfbViewer if kind.isupper() else rfb.RfbCanvas)(
                port=stream.port,
                stream="default",
                main_thread_present=kind in "pP",
                height=int(asked.get("height", "200")),
                width="full",
                fit=fits[index % len(fits)],
                interactive="idle" not in asked,
            )
        )
        for index, kind in enumerate(kinds)
    ]
    for _each in views:
        facts.traits(_each.widget)
        facts.obey(_each.widget)
    return (views,)


@app.cell
def _(asked, mo, views):
    layouts = {
        "stack": lambda: mo.vstack(views),
        "tabs": lambda: mo.ui.tabs({"picture": mo.vstack(views), "elsewhere": mo.md("nothing here")}),
        # The first two and the last two.
        "held": lambda: mo.vstack([mo.ui.array(views[:2]), mo.hstack(views[2:])]),
        "tall": lambda: mo.vstack([mo.Html('<div style="height: 700px">far below</div>'), *views]),
    }
    layouts[asked.get("layout", "stack")]()
    return


@app.cell
def _(asked, mo, views):
    mo.vstack(views) if "twice" in asked else None
    return


@app.cell
def _(mo):
    mo.Html('<div id="other-place" style="height: 1500px">the end of the page</div>')
    return


if __name__ == "__main__":
    app.run()
