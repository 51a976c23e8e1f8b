import marimo

app = marimo.App(width="full")


@app.cell
def _():
    import asyncio

    import marimo as mo
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    return asked, asyncio, card, facts, mo, rfb


@app.cell
async def _(asyncio, card, facts, rfb):
    stream = await rfb.serve(320, 180, formats=["image/png"])
    facts.hub(stream.server)
    stream.publish(card(320, 180, 0))

    async def follow():
        async for event in stream.events():
            facts.note("events", event.event)
            facts.note("logical", event.logical())

    async def obey():
        copied = None
        while True:
            wishes = facts.wishes
            if "copy" in wishes and wishes["copy"] != copied:
                copied = wishes["copy"]
                stream.copy_text(copied)
                facts.note("copied", copied)
            # After the text: a page that has the cursor has that too.
            stream.cursor = wishes.get("cursor", "")
            await asyncio.sleep(0.05)

    tasks = [asyncio.get_running_loop().create_task(work()) for work in (follow, obey)]
    return stream, tasks


@app.cell
def _(asked, facts, mo, rfb, stream):
    # p and w are the presenters, of the page and of the worker.
    views = [
        mo.ui.anywidget(
            rfb.RfbCanvas(
                port=stream.port,
                stream="default",
                main_thread_present=kind == "p",
                width=320,
                height=180,
                zoom_by="none",
                alt=f"a card, {kind}",
            )
        )
        for kind in asked.get("views", "pw")
    ]
    for _each in views:
        facts.obey(_each.widget)
    mo.vstack(views, gap=4)
    return


@app.cell
def _(mo):
    mo.Html('<div id="other-place" style="height: 1500px"><input id="other-field"> the end of the page</div>')
    return


if __name__ == "__main__":
    app.run()
