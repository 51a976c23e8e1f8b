import marimo

app = marimo.App(width="full")


@app.cell
def _():
    import itertools
    import json

    import marimo as mo
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    return asked, card, facts, itertools, json, mo, rfb


@app.cell
async def _(asked, card, facts, itertools, json, rfb):
    formats = json.loads(asked.get("formats", '["image/jpeg", "image/png", "image/webp"]'))
    stream = await rfb.serve(640, 360, formats=formats)
    facts.hub(stream.server)
    facts.events(stream)
    frames = itertools.count()
    rfb.publish_loop(stream, lambda: card(640, 360, next(frames) % 1024), fps=5)
    return (stream,)


@app.cell
def _(asked, facts, json, mo, stream):
    views = [
        mo.ui.anywidget(stream.widget(**{"height": 240, **traits}))
        for traits in json.loads(asked.get("traits", '[{"main_thread_present": true}, {"main_thread_present": false}]'))
    ]
    for _each in views:
        facts.traits(_each.widget)
        facts.obey(_each.widget)
        _each.widget.observe(lambda change: facts.note("chosen", {change["name"]: change["new"]}), ["paused", "codec"])
    mo.vstack(views)
    return


@app.cell
def _(asked, mo):
    # As somebody does who wants another look.
    mo.Html(asked.get("html", ""))
    return


if __name__ == "__main__":
    app.run()
