import marimo

app = marimo.App()


@app.cell
def _():
    import asyncio

    import census
    import marimo as mo
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    facts.note("pid", census.answer())
    return asked, asyncio, card, facts, mo, rfb


@app.cell
def _(mo):
    round_of, set_round = mo.state(0)
    return round_of, set_round


@app.cell
def _(card, facts, rfb, round_of):
    number = round_of()
    still = rfb.frame(card(320, 180, number), name="still", formats=["image/png"], height=120)
    stream = rfb.stream("loop", formats=["image/png"])
    for _count in range(3):
        stream.publish(card(320, 180, number))

    @rfb.animate(fps=10, formats=["image/png"], height=120)
    def clock(t):
        return card(320, 180, int(10 * t) % 1024)

    moved = still.on("pointer_move")
    near = still.on("pointer_move", where=lambda event: event["x"] < number)
    lookers = still.viewers
    facts.hub(stream.server)
    facts.note("ran", number)
    return clock, lookers, moved, near, number, still, stream


@app.cell
def _(clock, mo, still, stream):
    mo.vstack([still, clock, stream.view(height=120)])
    return


@app.cell
def _(lookers, moved, near, still):
    moved(), near(), lookers(), still.value
    return


@app.cell
def _(asked, asyncio, facts, still):
    async def follow():
        async for event in still.events():
            facts.note("followed", event.type)

    following = asyncio.get_running_loop().create_task(follow()) if "follow" in asked else None
    return (following,)


@app.cell
def _(asyncio, facts, number, set_round):
    going = asyncio.get_running_loop().create_task(facts.go_on(number, set_round))
    return (going,)


if __name__ == "__main__":
    app.run()
