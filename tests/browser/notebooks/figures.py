import marimo

app = marimo.App()


@app.cell
def _():
    import asyncio

    import census
    import marimo as mo
    import matplotlib.pyplot as plt
    from facts import Facts
    from waves import draw, tell
    from witness import Witness

    import marimo_rfb as rfb

    asked = mo.query_params().to_dict()
    facts = Facts(asked["facts"])
    facts.note("pid", census.answer())
    witness = Witness(facts)
    return asyncio, draw, facts, mo, plt, rfb, tell, witness


@app.cell
def _(mo):
    slider = mo.ui.slider(1, 9, value=3, label="waves")
    slider
    return (slider,)


@app.cell
def _(mo):
    round_of, set_round = mo.state(0)
    return round_of, set_round


@app.cell
def _(draw, facts, plt, rfb, round_of, slider, tell, witness):
    figure = plt.figure(figsize=(4, 2.5), layout="constrained")
    draw(figure, slider.value)
    view = rfb.figure(figure, keep_limits=True)
    witness.watch(lambda: tell(figure, slider.value))
    facts.hub(view.stream.server)
    facts.note("ran", round_of())
    view
    return figure, view


@app.cell
def _(asyncio, facts, round_of, set_round):
    going = asyncio.get_running_loop().create_task(facts.go_on(round_of(), set_round))
    return (going,)


if __name__ == "__main__":
    app.run()
