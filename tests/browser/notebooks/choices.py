import marimo

app = marimo.App(width="full")


@app.cell
def _():
    import asyncio

    import marimo as mo
    import numpy as np
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    return asked, asyncio, card, facts, np, rfb


@app.cell
def _(asked, asyncio, card, facts, rfb):
    @rfb.animate(fps=5, height=200, width="full", main_thread_present="worker" not in asked)
    def shown(t):
        return card(320, 180, int(15 * t))

    facts.hub(shown.stream.server)
    shown.widget.observe(
        lambda change: facts.note("told", {change["name"]: change["new"]}), names=["paused", "codec", "stats"]
    )

    async def obey():
        done = 0
        while True:
            for name, value in facts.wishes.get("set", [])[done:]:
                setattr(shown, name, value)
                done += 1
            await asyncio.sleep(0.02)

    obeying = asyncio.get_running_loop().create_task(obey())
    facts.note("ran", "made")
    shown
    return obeying, shown


@app.cell
def _(facts, shown):
    facts.note("ran", f"mentions {shown.stream.name}")
    return


@app.cell
def _(shown):
    seen = shown.seen
    return (seen,)


@app.cell
def _(facts, seen):
    facts.note("ran", f"reads {seen()}")
    return


@app.cell
def _(asked, facts, np, rfb):
    # Lines one pixel wide, which any scaling would blur.
    @rfb.animate(
        fps=5,
        height=160,
        aspect=asked.get("aspect", 0),
        resize_policy="match_client",
        formats=["image/png"],
        name="fit",
    )
    def fitting(t, tick):
        width, height = tick.size
        facts.note("size", [width, height])
        lines = np.zeros((height, width, 3), np.uint8)
        lines[:, ::2] = 255
        lines[0, 0] = int(15 * t) % 256
        return lines

    fitting
    return


if __name__ == "__main__":
    app.run()
