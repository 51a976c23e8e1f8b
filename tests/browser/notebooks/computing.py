import marimo

app = marimo.App()


@app.cell
def _():
    import time

    import marimo as mo
    from card import card
    from facts import Facts

    import marimo_rfb as rfb

    facts = Facts(mo.query_params()["facts"])
    return card, facts, mo, rfb, time


@app.cell
def _(card, rfb):
    @rfb.animate(fps=30, formats=["image/png"], height=180)
    def moving(t):
        return card(320, 180, int(30 * t) % 1024)

    moving
    return


@app.cell
def _(mo):
    compute = mo.ui.run_button(label="compute")
    compute
    return (compute,)


@app.cell
def _(compute, facts, time):
    if compute.value:
        facts.note("from_ms", time.time() * 1000)
        end_s = time.monotonic() + 3
        while time.monotonic() < end_s:
            sum(n * n for n in range(1000))
        facts.note("to_ms", time.time() * 1000)
    return


@app.cell
def _(mo):
    hold = mo.ui.run_button(label="hold")
    hold
    return (hold,)


@app.cell
def _(facts, hold, time):
    if hold.value:
        facts.note("holding", True)
        while not facts.wishes.get("free"):
            time.sleep(0.05)
        facts.note("freed", time.time() * 1000)
    return


if __name__ == "__main__":
    app.run()
