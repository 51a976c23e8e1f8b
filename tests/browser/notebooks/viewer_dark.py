# /// script
# [tool.marimo.display]
# theme = "dark"
# ///

import marimo

app = marimo.App()


@app.cell
async def _():
    from card import card

    import marimo_rfb as rfb

    stream = await rfb.serve(320, 180)
    stream.publish(card(320, 180, 0))
    stream.widget(height=240)
    return


if __name__ == "__main__":
    app.run()
