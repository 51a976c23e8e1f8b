import marimo

app = marimo.App()


@app.cell
def _():
    import os
    import pathlib

    from card import card

    import marimo_rfb as rfb

    return card, os, pathlib, rfb


@app.cell
def _(card, rfb):
    still = rfb.frame(card(320, 180, 5), alt="a card with the number 5", height=180)
    still
    return (still,)


@app.cell
def _(card, rfb):
    @rfb.animate(alt="a card with the number 6", height=180)
    def moving(t):
        return card(320, 180, 6 + int(t))

    moving
    return (moving,)


@app.cell
def _(card, rfb):
    film = rfb.stream("film")
    shown = film.view(alt="a card with the number 7", height=180)
    for number in range(8):
        film.publish(card(320, 180, number))
    shown
    return (shown,)


@app.cell
def _(still):
    still.value
    return


@app.cell
def _(moving, os, pathlib, shown, still):
    if "RFB_POSTERS" in os.environ:
        for name, view in (("still", still), ("moving", moving), ("shown", shown)):
            pathlib.Path(os.environ["RFB_POSTERS"], f"{name}.jpg").write_bytes(view.widget.poster)
    return


if __name__ == "__main__":
    app.run()
