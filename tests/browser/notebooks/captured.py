import marimo

app = marimo.App()


@app.cell
def _():
    import itertools

    import marimo as mo
    import numpy as np
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    return asked, card, facts, itertools, mo, np, rfb


@app.cell
def _(np):
    def noise(width, height, number):
        # Nothing that a lossy format can keep; the test reckons the same.
        y, x, channel = np.indices((height, width, 3), dtype=np.uint32)
        mixed = (x * 73856093) ^ (y * 19349663) ^ ((channel + 3 * number) * 83492791)
        return (mixed >> 8 & 255).astype(np.uint8)

    return (noise,)


@app.cell
async def _(card, facts, itertools, noise, rfb):
    server = await rfb.serve_server(port=0)
    # One picture that is never at rest, or the last one would be sent without loss.
    lossy = server.add_stream("noise", 200, 120, formats=["image/jpeg"], quality=50)
    moving = server.add_stream("card", 320, 180, formats=["image/png"])
    facts.hub(server)
    facts.events(lossy)
    counter = itertools.count()
    numbers = []

    def noisy():
        number = facts.wishes.get("number", 0)
        if numbers[-1:] != [number]:
            numbers.append(number)
            facts.note("numbers", number)
        return noise(200, 120, number)

    rfb.publish_loop(lossy, noisy, fps=15)
    rfb.publish_loop(moving, lambda: card(320, 180, next(counter)), fps=15)
    return lossy, moving


@app.cell
def _(asked, lossy, mo, moving):
    shown = {"noise": lossy, "card": moving}[asked["shown"]]
    mo.vstack([shown.widget(main_thread_present=on_page, height=240) for on_page in (True, False)])
    return


if __name__ == "__main__":
    app.run()
