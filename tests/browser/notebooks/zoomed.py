import marimo

app = marimo.App()


@app.cell
def _():
    import asyncio
    import itertools

    import marimo as mo
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    return asyncio, card, facts, itertools, mo, rfb


@app.cell
async def _(card, facts, itertools, rfb):
    stream = await rfb.serve(320, 180, formats=["image/png"])
    facts.events(stream)
    counter = itertools.count()

    def picture():
        return card(*facts.wishes.get("size", (320, 180)), next(counter))

    rfb.publish_loop(stream, picture, fps=5)
    return (stream,)


@app.cell
def _(facts, mo, rfb, stream):
    # One for each presenter; what is seen in the second has the number 1.
    widgets = [
        rfb.RfbCanvas(port=stream.port, main_thread_present=on_page, width=320, height=180, linked="together")
        for on_page in (True, False)
    ]
    for _index, _widget in enumerate(widgets):
        _widget.observe(
            lambda change, index=_index: facts.note(f"{change['name']} {index}", change["new"]),
            names=["region", "zoom"],
        )
    mo.vstack(widgets)
    return (widgets,)


@app.cell
def _(asyncio, facts, widgets):
    async def obey():
        """Set each trait once for each wish: what a person does after that is to stay."""
        done = None
        while True:
            wishes = facts.wishes
            if wishes != done:
                done = wishes
                for name, value in wishes.get("traits", {}).items():
                    setattr(widgets[wishes.get("view", 0)], name, value)
            await asyncio.sleep(0.05)

    obeying = asyncio.create_task(obey())
    return (obeying,)


if __name__ == "__main__":
    app.run()
