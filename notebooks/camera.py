import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="marimo-rfb: a camera")

with app.setup(hide_code=True):
    import cv2
    import marimo as mo
    import numpy as np

    import marimo_rfb as rfb


@app.cell(hide_code=True)
def _():
    mo.md("""
    # A camera

    What the camera sees, or where there is none, balls on a table. Choose what OpenCV makes of it. Frames go to the
    page as OpenCV has them, with blue first: `order="bgr"` says so.
    """)
    return


@app.cell
def _():
    source = mo.ui.text("0", label="Camera, file or address")
    step = mo.ui.radio(["as it is", "edges", "motion", "flow"], value="as it is", inline=True)
    level = mo.ui.slider(10, 250, value=80, label="Threshold of edges")
    mo.hstack([source, step, level], justify="start", gap=2, wrap=True)
    return level, source, step


@app.cell
def _(level, source, step):
    @rfb.animate(fps=30, order="bgr", height=480, alt="What the camera sees")
    def camera(t, tick):
        frame = capture(tick.state, source.value)
        frame = table(t) if frame is None else frame
        gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        before, tick.state["gray"] = tick.state.get("gray", gray), gray
        if step.value == "edges":
            return cv2.Canny(gray, level.value, 2 * level.value)
        if before.shape == gray.shape and step.value == "motion":
            return cv2.applyColorMap(cv2.convertScaleAbs(cv2.absdiff(gray, before), alpha=4), cv2.COLORMAP_INFERNO)
        if before.shape == gray.shape and step.value == "flow":
            flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(before, gray, None)
            speed, angle = cv2.cartToPolar(flow[..., 0], flow[..., 1], angleInDegrees=True)
            hsv = [angle / 2, np.full_like(angle, 255), np.minimum(60 * speed, 255)]
            return cv2.cvtColor(np.dstack(hsv).astype(np.uint8), cv2.COLOR_HSV2BGR)
        return frame

    camera
    return


@app.function
def capture(state, source):
    """Return a frame, or None; the camera stays open until there is another source, or the view is closed."""
    if state.get("source") != source:
        state.pop("camera", None)  # which releases it, before it is opened again
        state["camera"] = cv2.VideoCapture(int(source) if source.isdigit() else source)
        state["source"] = source
    return state["camera"].read()[1]


@app.function
def table(t):
    """Return three balls that roll over a chequered table, with blue first."""
    picture = np.kron(np.indices((12, 16)).sum(axis=0) % 2, np.ones((40, 40)))[..., None] * (20, 30, 10) + (70, 90, 60)
    picture = picture.astype(np.uint8)
    for number, color in enumerate([(40, 50, 220), (50, 190, 240), (230, 140, 40)]):
        x, y = int(320 + 240 * np.sin(t * (0.9 + 0.2 * number))), int(240 + 140 * np.cos(t * 0.7 + 2.1 * number))
        for shade in range(30):
            place, radius = (x - shade // 2, y - shade // 2), 60 - 2 * shade
            cv2.circle(picture, place, radius, [min(255, c + 4 * shade) for c in color], -1, cv2.LINE_AA)
    return picture


if __name__ == "__main__":
    app.run()
