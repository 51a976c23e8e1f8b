"""The canvas of vispy's back end: `make test-extras`."""

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest
from fake_screen import FakeScreen

from marimo_rfb.errors import RfbError
from marimo_rfb.figures.vispy.contexts import new_context

vispy: Any = pytest.importorskip("vispy")
from vispy import app, gloo, scene  # noqa: E402


def rendered(canvas: Any) -> np.ndarray:
    """Return what vispy itself draws."""
    return canvas.render(alpha=False)


def show(canvas: Any) -> FakeScreen:
    """Return a screen that shows the canvas from now on."""
    screen = FakeScreen()
    canvas.native.attach(screen)
    canvas.native.restart()
    screen.idle()
    return screen


def test_the_picture_is_that_of_vispy(canvas: Any, screen: FakeScreen) -> None:
    (picture,) = screen.pictures
    assert picture.shape == (240, 320, 3)
    assert np.array_equal(picture, rendered(canvas))
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 10


def test_a_camera_that_turns_is_drawn_once_when_the_kernel_is_idle(canvas: Any, screen: FakeScreen) -> None:
    for _ in range(3):
        canvas.camera.azimuth += 20
        canvas.update()
    assert len(screen.pictures) == 1
    screen.idle()
    assert len(screen.pictures) == 2
    assert np.array_equal(screen.pictures[-1], rendered(canvas))
    assert not np.array_equal(screen.pictures[-1], screen.pictures[0])
    screen.idle()
    assert len(screen.pictures) == 2


def test_nothing_is_drawn_while_nobody_looks(canvas: Any, screen: FakeScreen) -> None:
    screen.watched = False
    canvas.camera.azimuth += 20
    screen.idle()
    assert len(screen.pictures) == 1
    screen.watched = True
    canvas.native.wake()
    screen.idle()
    assert np.array_equal(screen.pictures[-1], rendered(canvas))


def test_what_nobody_looks_at_is_drawn_for_an_export(canvas: Any, screen: FakeScreen) -> None:
    screen.watched = screen.has_page = False
    canvas.camera.azimuth += 20
    screen.idle()
    assert len(screen.pictures) == 2


def test_changes_on_another_thread_are_drawn_on_the_kernels(canvas: Any, screen: FakeScreen) -> None:
    thread = threading.Thread(target=canvas.update)
    thread.start()
    thread.join()
    assert len(screen.pictures) == 1
    screen.idle()
    assert len(screen.pictures) == 2


@pytest.mark.parametrize("ratio", [1.25, 2.0])
def test_it_is_drawn_in_device_pixels_and_keeps_its_dpi(canvas: Any, screen: FakeScreen, ratio: float) -> None:
    dpi, sizes = canvas.dpi, list[Any]()
    canvas.events.resize.connect(lambda event: sizes.append((event.size, event.physical_size)))
    canvas.native.resize(round(320 * ratio), round(240 * ratio), ratio)
    assert screen.ratios[-1] == ratio
    assert screen.pictures[-1].shape == (240 * ratio, 320 * ratio, 3)
    assert np.array_equal(screen.pictures[-1], rendered(canvas))
    assert (canvas.size, canvas.physical_size) == ((320, 240), (320 * ratio, 240 * ratio))
    assert (canvas.pixel_scale, canvas.dpi) == (ratio, dpi)
    assert sizes == [((320, 240), (320 * ratio, 240 * ratio))]
    assert screen.sizes == []  # it follows the view, and not the view it


def test_a_view_that_is_even_does_not_change_an_odd_canvas(canvas: Any, screen: FakeScreen) -> None:
    canvas.native.resize(320, 241, 1.0)
    screen.idle()
    assert canvas.size == (320, 240)
    assert len(screen.pictures) == 1


def test_a_canvas_that_is_resized_resizes_its_views(canvas: Any, screen: FakeScreen) -> None:
    canvas.native.resize(640, 480, 2.0)
    canvas.size = 500, 400
    assert screen.sizes == [(500, 400)]
    screen.idle()
    assert screen.pictures[-1].shape == (800, 1000, 3)
    assert np.array_equal(screen.pictures[-1], rendered(canvas))


def test_two_views_show_the_same(canvas: Any, screen: FakeScreen) -> None:
    other = FakeScreen()
    canvas.native.attach(other)
    canvas.camera.azimuth += 20
    other.idle()
    assert screen.pictures[-1] is other.pictures[-1]


def test_a_canvas_that_asks_for_the_next_draw_while_it_draws_is_animated_while_somebody_looks() -> None:
    class Counter(app.Canvas):
        draws = 0

        def on_draw(self, _event: object) -> None:
            self.draws += 1
            gloo.clear("red")
            self.update()

    canvas = Counter(size=(32, 24))
    screen = show(canvas)
    assert canvas.draws == 1
    assert screen.pictures[-1][0, 0].tolist() == [255, 0, 0]
    for draws in (2, 3):
        screen.pass_s(0.02)
        assert canvas.draws == draws
    screen.watched = False
    for _ in range(3):
        screen.pass_s(0.02)
    assert canvas.draws == 3
    screen.watched = True
    canvas.native.wake()
    screen.idle()
    assert canvas.draws == 4


def test_a_canvas_whose_background_is_see_through_is_opaque_as_in_a_window() -> None:
    screen = show(scene.SceneCanvas(size=(32, 24), bgcolor=(1, 0, 0, 0.5)))
    assert screen.pictures[-1].shape == (24, 32, 3)
    assert screen.pictures[-1][0, 0].tolist() == [255, 0, 0]


def test_samples_make_edges_smooth() -> None:
    def colors(samples: int) -> int:
        canvas = scene.SceneCanvas(size=(64, 64), config={"samples": samples})
        scene.visuals.Polygon([(5, 5), (60, 20), (20, 60)], color="white", parent=canvas.scene)
        return len(np.unique(show(canvas).pictures[-1].reshape(-1, 3), axis=0))

    assert colors(0) == 2
    assert colors(4) > 2


def test_canvases_that_share_draw_the_same_objects_and_outlive_one_another() -> None:
    first = app.Canvas(size=(32, 24))
    second = app.Canvas(size=(64, 48), shared=first)
    program = gloo.Program(
        "attribute vec2 at; void main() { gl_Position = vec4(at, 0., 1.); }",
        "void main() { gl_FragColor = vec4(0., 1., 0., 1.); }",
    )
    program["at"] = np.array([(-1, -1), (3, -1), (-1, 3)], np.float32)
    screens = {}
    for canvas in (first, second):
        canvas.events.draw.connect(lambda event: program.draw("triangles"))
        screens[canvas] = show(canvas)
    assert screens[first].pictures[-1].shape == (24, 32, 3)
    first.close()
    second.update()
    screens[second].idle()
    assert np.all(screens[second].pictures[-1] == (0, 255, 0))
    assert len(screens[second].pictures) == 2


class TestErrors:
    def test_one_in_a_draw_reaches_the_caller_and_the_next_draw_works(self, canvas: Any, screen: FakeScreen) -> None:
        fails = True

        def on_draw(_event: object) -> None:
            if fails:
                raise ValueError("no such color")

        canvas.events.draw.connect(on_draw)
        canvas.update()
        with pytest.raises(ValueError, match="no such color"):
            screen.idle()
        assert len(screen.pictures) == 1
        fails = False
        canvas.update()
        screen.idle()
        assert np.array_equal(screen.pictures[-1], rendered(canvas))

    def test_one_in_a_shader_reaches_the_caller(self) -> None:
        canvas = app.Canvas(size=(32, 24))
        program = gloo.Program("attribute vec2 at; void main() { gl_Position = nothing; }", "void main() {}")
        program["at"] = np.zeros((3, 2), np.float32)
        canvas.events.draw.connect(lambda event: program.draw("points"))
        with pytest.raises(RuntimeError, match="Shader compilation error"):
            show(canvas)

    def test_one_in_a_node_of_the_scene_reaches_the_caller(self, canvas: Any, screen: FakeScreen) -> None:
        def on_press(_event: object) -> None:
            raise ValueError("no such node")

        canvas.central_widget.children[0].events.mouse_press.connect(on_press)
        with pytest.raises(ValueError, match="no such node"):
            canvas.native.emit_mouse("press", pos=(160, 120), button=1, buttons=[1])

    def test_other_callbacks_are_called_nevertheless(self, canvas: Any, screen: FakeScreen) -> None:
        told: list[object] = []

        def first(_event: object) -> None:
            raise ValueError("first")

        canvas.events.key_press.connect(told.append)
        canvas.events.key_press.connect(first)
        with pytest.raises(ValueError, match="first"):
            canvas.native.emit_key("press", key=None)
        assert len(told) == 1


class TestClosing:
    def test_it_frees_the_context_and_tells_the_canvas(self, canvas: Any, screen: FakeScreen) -> None:
        told: list[object] = []
        canvas.events.close.connect(told.append)
        context = weakref.ref(canvas.native.context)
        canvas.close()
        assert len(told) == 1
        assert context() is None

    def test_nothing_harms_a_closed_canvas(self, canvas: Any, screen: FakeScreen) -> None:
        canvas.close()
        canvas.close()
        canvas.update()
        canvas.size = 30, 20
        canvas.native.resize(100, 80, 1.0)
        canvas.native.emit_mouse("press", pos=(1, 1), button=1, buttons=[1])
        screen.idle()
        assert len(screen.pictures) == 1
        with pytest.raises(RfbError, match="this canvas was closed"):
            canvas.render()


def test_canvases_that_nobody_keeps_are_collected_with_their_contexts() -> None:
    destroyed: list[int] = []
    canvases = []
    for _ in range(5):
        canvas = scene.SceneCanvas(size=(32, 24))
        view = canvas.central_widget.add_view("turntable")
        scene.visuals.Markers(pos=np.zeros((3, 3), np.float32), parent=view.scene)
        screen = show(canvas)
        canvas.native.detach(screen)
        canvases.append(weakref.ref(canvas))
        weakref.finalize(canvas.native.context, destroyed.append, 1)
    del canvas, view, screen
    gc.collect()
    assert [canvas() for canvas in canvases] == [None] * 5
    assert len(destroyed) == 5


def test_there_are_never_many_contexts_that_nobody_uses() -> None:
    """Although nothing but a canvas makes garbage that counts for Python."""
    live = weakref.WeakSet[Any]()
    gc.collect()
    gc.disable()
    try:
        for _ in range(40):
            canvas = scene.SceneCanvas(size=(32, 24))
            live.add(canvas.native.context)
            assert len(live) <= 20
    finally:
        gc.enable()


def test_threads_draw_independently() -> None:
    """As the sessions of `marimo run` do; each hands its drawing to its own canvas."""
    both = threading.Barrier(2)
    differing: list[int] = []

    def session(number: int) -> None:
        canvas, screen = scene.SceneCanvas(size=(48, 32), bgcolor=(number, 0, 1 - number, 1)), FakeScreen()
        view = canvas.central_widget.add_view("panzoom")
        canvas.native.attach(screen)
        for step in range(8):
            scene.visuals.Line(np.array([(0, 0), (1, step / 8)]), color="green", parent=view.scene)
            both.wait(20)
            canvas.native.draw()
            both.wait(20)
            differing.append(np.count_nonzero(screen.pictures[-1] != rendered(canvas)))
        assert screen.pictures[-1][0, 0].tolist() == [255 * number, 0, 255 * (1 - number)]
        canvas.close()

    threads = [threading.Thread(target=session, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert differing == [0] * 16


def test_a_context_that_another_thread_draws_with_is_told() -> None:
    context = new_context()
    context.make_current()
    errors: list[BaseException] = []

    def draw() -> None:
        try:
            context.make_current()
        except RfbError as exc:
            errors.append(exc)

    thread = threading.Thread(target=draw)
    thread.start()
    thread.join()
    assert "another thread draws with it" in str(errors[0])
