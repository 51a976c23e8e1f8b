"""Scenes of PyVista and VTK in views: `make test-extras`."""

import gc
import warnings
import weakref
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from fake_screen import FakeScreen
from kernel import Cell, Notebook
from notebook_fixtures import cell, notebook, nothing_left, session
from support import act

import marimo_rfb as rfb
from marimo_rfb.errors import OptionError
from marimo_rfb.figures.vtk.canvas import SceneCanvas, canvas_of
from marimo_rfb.notebook.view import View

pv: Any = pytest.importorskip("pyvista")
vtk: Any = pytest.importorskip("vtk")

__all__ = ["cell", "notebook", "nothing_left", "session"]

Pixels = npt.NDArray[np.uint8]


def make_plotter(**options: Any) -> Any:
    plotter = pv.Plotter(off_screen=True, window_size=(200, 150), **options)
    plotter.add_mesh(pv.Cube(), color="tan", name="cube")
    return plotter


def make_window() -> Any:
    source, mapper, actor = vtk.vtkConeSource(), vtk.vtkPolyDataMapper(), vtk.vtkActor()
    mapper.SetInputConnection(source.GetOutputPort())
    actor.SetMapper(mapper)
    renderer, window = vtk.vtkRenderer(), vtk.vtkRenderWindow()
    renderer.AddActor(actor)
    window.AddRenderer(renderer)
    window.SetSize(120, 80)
    return window


def pixels(view: View) -> Pixels:
    assert view.stream.newest is not None
    return view.stream.newest.pixels


def own_picture(plotter: Any) -> Pixels:
    picture: Pixels = plotter.screenshot(return_img=True)
    return picture


def drag(view: View, button: int = 1, modifiers: list[str] | None = None) -> None:
    held = {"modifiers": modifiers or []}
    act(view.stream, "pointer_down", x=80, y=70, button=button, buttons=[button], **held)
    act(view.stream, "pointer_move", x=110, y=90, button=button, buttons=[button], **held)
    act(view.stream, "pointer_up", x=110, y=90, button=button, buttons=[], **held)


def press_key(view: View, key: str) -> None:
    act(view.stream, "key_down", key=key)
    act(view.stream, "key_up", key=key)


@pytest.fixture
def plotter() -> Any:
    plotter = make_plotter()
    yield plotter
    plotter.close()


@pytest.fixture
def view(cell: Cell, plotter: Any) -> View:
    return rfb.figure(plotter)


class TestFigure:
    def test_a_plotter_is_shown_as_large_as_it_is_in_its_own_picture(self, view: View, plotter: Any) -> None:
        assert (view.width, view.height) == (200, 150)
        assert view.stream.options.resize_policy == "match_client"
        assert np.array_equal(pixels(view), own_picture(plotter))

    def test_show_shows_it_live_and_frame_as_a_still_picture(self, cell: Cell, plotter: Any) -> None:
        live, still = rfb.show(plotter, name="live"), rfb.frame(plotter, name="still")
        before = pixels(still)
        drag(live)
        assert np.array_equal(pixels(still), before)
        assert not np.array_equal(pixels(live), before)

    def test_a_window_is_shown_and_its_renders_are(self, cell: Cell) -> None:
        window = make_window()
        view = rfb.figure(window)
        assert pixels(view).shape == (80, 120, 3)
        before = pixels(view)
        window.GetRenderers().GetFirstRenderer().GetActiveCamera().Azimuth(40)
        assert np.array_equal(pixels(view), before)
        window.Render()
        assert not np.array_equal(pixels(view), before)
        drag(view)
        view.close()
        assert window.GetInteractor() is None

    def test_a_plotter_for_a_screen_needs_none(self, cell: Cell) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyVista's own, of a machine without a screen
            plotter = pv.Plotter(window_size=(60, 40))
        plotter.add_mesh(pv.Cube())
        view = rfb.figure(plotter)
        assert np.array_equal(pixels(view), own_picture(plotter))
        plotter.close()

    def test_a_plotter_has_several_views(self, cell: Cell, plotter: Any) -> None:
        one, other = rfb.figure(plotter, name="one"), rfb.figure(plotter, name="other")
        before = pixels(other)
        drag(one)
        assert not np.array_equal(pixels(other), before)
        assert np.array_equal(pixels(one), pixels(other))
        one.close()
        before = pixels(other)
        drag(other)
        assert not np.array_equal(pixels(other), before)

    def test_what_was_shown_by_pyvista_before_or_is_later_goes_on(self, cell: Cell, plotter: Any) -> None:
        plotter.show(auto_close=False)
        view = rfb.figure(plotter)
        before = pixels(view)
        plotter.show(auto_close=False)
        drag(view)
        assert not np.array_equal(pixels(view), before)
        assert np.array_equal(pixels(view), own_picture(plotter))

    def test_a_scene_that_is_shown_no_more_is_the_users_again(self, cell: Cell, plotter: Any) -> None:
        view = rfb.figure(plotter)
        drag(view)
        view.close()
        plotter.camera.azimuth += 20
        plotter.render()
        after = own_picture(plotter)
        assert not np.array_equal(pixels(view), after)
        assert np.array_equal(pixels(rfb.figure(plotter, name="again")), after)

    def test_a_plotter_that_could_not_be_shown_is_as_before(self, cell: Cell, plotter: Any) -> None:
        with pytest.raises(OptionError, match="did you mean height"):
            rfb.figure(plotter, heigth=3)  # type: ignore[call-arg]
        assert plotter.iren.interactor.GetEnableRender()
        assert not plotter.iren.interactor.HasObserver("RenderEvent")

    def test_a_part_of_a_scene_is_refused_with_a_hint(self, cell: Cell) -> None:
        with pytest.raises(OptionError, match=r"a plotter of PyVista or a render window of VTK.*add_mesh"):
            rfb.figure(pv.Cube())
        with pytest.raises(OptionError, match=r"got vtkOpenGLRenderer; renderer\.GetRenderWindow"):
            rfb.figure(vtk.vtkRenderer())
        with pytest.raises(OptionError, match="keep_limits is for a matplotlib figure"):
            rfb.figure(make_window(), keep_limits=True)

    def test_a_closed_plotter_is_refused_and_says_so_where_it_was_shown(self, view: View, plotter: Any) -> None:
        plotter.close()
        assert view.stream.notice == ""
        drag(view)
        press_key(view, "r")
        assert "the plotter was closed" in view.stream.notice
        with pytest.raises(OptionError, match="the plotter was closed"):
            rfb.figure(plotter, name="again")

    def test_the_next_plotter_of_a_view_whose_plotter_was_closed_is_shown(self, notebook: Notebook) -> None:
        cell, plotters = Cell(), [make_plotter(), make_plotter()]
        for plotter in plotters:
            with notebook.running(cell):
                view = rfb.figure(plotter)
            assert view.stream.notice == ""
            plotter.show(auto_close=True)
            drag(view)
            assert view.stream.notice


class TestInteraction:
    def test_drags_turn_move_and_zoom(self, view: View, plotter: Any) -> None:
        camera = plotter.camera
        first, focus = camera.position, camera.focal_point
        drag(view)
        turned = camera.position
        assert turned != first
        assert camera.focal_point == focus
        drag(view, modifiers=["Shift"])
        assert camera.focal_point != focus
        distance = camera.distance
        drag(view, button=2)
        assert camera.distance != pytest.approx(distance)
        moved = camera.focal_point
        drag(view, button=3)
        assert camera.focal_point != moved
        assert np.array_equal(pixels(view), own_picture(plotter))

    def test_the_wheel_zooms_by_as_much_as_it_turns(self, view: View, plotter: Any) -> None:
        def zoomed(dy: float) -> float:
            before = plotter.camera.distance
            act(view.stream, "wheel", x=100, y=75, dx=0, dy=dy)
            return float(before / plotter.camera.distance)

        notch = zoomed(-100)
        assert notch > 1.1
        assert zoomed(-50) ** 2 == pytest.approx(notch)
        assert zoomed(100) == pytest.approx(1 / notch)

    def test_keys_do_what_they_do_in_a_window_and_end_nothing(self, view: View, plotter: Any) -> None:
        prop = plotter.actors["cube"].prop
        press_key(view, "w")
        assert prop.style == "Wireframe"
        press_key(view, "s")
        assert prop.style == "Surface"
        first = plotter.camera.distance
        plotter.camera.zoom(3)
        plotter.camera.position = (9, 9, 9)
        press_key(view, "r")
        assert plotter.camera.distance == pytest.approx(first)
        for key in "qep":
            press_key(view, key)
        before = pixels(view)
        drag(view)
        assert not np.array_equal(pixels(view), before)
        assert view.stream.notice == ""

    def test_key_events_of_pyvista_and_vtk_are_called(self, view: View, plotter: Any) -> None:
        called: list[str] = []
        plotter.add_key_event("plus", lambda: called.append("plus"))
        interactor = plotter.iren.interactor
        interactor.AddObserver("KeyPressEvent", lambda caller, _: called.append(caller.GetKeySym()))
        interactor.AddObserver("CharEvent", lambda caller, _: called.append(caller.GetKeyCode()))
        act(view.stream, "key_down", key="+", modifiers=["Shift"])
        assert called == ["plus", "plus", "+"]
        assert interactor.GetShiftKey()

    def test_places_buttons_modifiers_and_double_clicks_are_vtks(self, view: View, plotter: Any) -> None:
        told: list[Any] = []
        interactor = plotter.iren.interactor
        for name in ("RightButtonPressEvent", "RightButtonDoubleClickEvent", "EnterEvent", "LeaveEvent"):
            interactor.AddObserver(
                name, lambda caller, event: told.append((event, caller.GetEventPosition(), caller.GetControlKey()))
            )
        act(view.stream, "pointer_enter", x=0, y=0)
        for _ in range(2):
            act(view.stream, "pointer_down", x=50, y=30, button=2, buttons=[2], modifiers=["Control"])
            act(view.stream, "pointer_up", x=50, y=30, button=2, buttons=[], modifiers=["Control"])
        act(view.stream, "pointer_leave", x=0, y=149)
        press = ("RightButtonPressEvent", (50, 119), 1)
        double = ("RightButtonDoubleClickEvent", (50, 119), 1)
        assert told == [("EnterEvent", (0, 149), 0), press, double, press, ("LeaveEvent", (0, 0), 0)]

    def test_a_place_in_a_picture_of_fewer_pixels_is_that_in_the_window(self, view: View, plotter: Any) -> None:
        act(view.stream, "pointer_move", x=25, y=10, pixel_ratio=0.5)
        assert plotter.iren.get_event_position() == (50, 129)

    def test_what_is_picked_is_told(self, cell: Cell, plotter: Any) -> None:
        places: list[Any] = []
        meshes: list[Any] = []
        plotter.enable_mesh_picking(meshes.append, show_message=False, left_clicking=True, use_actor=True)
        view = rfb.figure(plotter)
        act(view.stream, "pointer_down", x=100, y=75, button=1, buttons=[1])
        act(view.stream, "pointer_up", x=100, y=75, button=1, buttons=[])
        assert meshes == [plotter.actors["cube"]]
        plotter.disable_picking()
        plotter.enable_surface_point_picking(places.append, show_message=False)
        act(view.stream, "pointer_move", x=100, y=75)
        press_key(view, "p")
        assert len(places) == 1
        assert np.abs(places[0]).max() == pytest.approx(0.5)
        assert np.array_equal(pixels(view), own_picture(plotter))

    def test_the_cursor_of_the_window_is_the_pages(self, view: View, plotter: Any) -> None:
        for number, css in ((9, "pointer"), (0, "")):
            plotter.iren.interactor.AddObserver(
                "MouseMoveEvent", lambda *_, number=number: plotter.render_window.SetCurrentCursor(number)
            )
            act(view.stream, "pointer_move", x=10, y=10)
            assert view.cursor == css

    def test_widgets_call_back(self, cell: Cell, plotter: Any) -> None:
        values: list[Any] = []
        plotter.add_slider_widget(values.append, (0, 10), value=5, pointa=(0.1, 0.1), pointb=(0.9, 0.1))
        plotter.add_checkbox_button_widget(values.append, position=(10, 100), size=20)
        view = rfb.figure(plotter)
        values.clear()
        act(view.stream, "pointer_move", x=20, y=39)
        act(view.stream, "pointer_down", x=20, y=39, button=1, buttons=[1])
        act(view.stream, "pointer_up", x=20, y=39, button=1, buttons=[])
        assert values == [True]
        values.clear()
        act(view.stream, "pointer_move", x=100, y=135)
        act(view.stream, "pointer_down", x=100, y=135, button=1, buttons=[1])
        act(view.stream, "pointer_move", x=140, y=135, button=1, buttons=[1])
        act(view.stream, "pointer_up", x=140, y=135, button=1, buttons=[])
        assert values
        assert values[-1] > 6

    def test_boxes_planes_and_the_orientation_widget_are_there(self, cell: Cell) -> None:
        plotter = make_plotter()
        bounds: list[Any] = []
        plotter.add_box_widget(bounds.append, rotation_enabled=False)
        plotter.add_mesh_clip_plane(pv.Sphere())
        plotter.add_camera_orientation_widget()
        view = rfb.figure(plotter)
        assert np.array_equal(pixels(view), own_picture(plotter))
        drag(view)
        drag(view, button=2)
        assert np.array_equal(pixels(view), own_picture(plotter))
        plotter.close()

    def test_an_error_in_a_callback_is_shown_until_it_works(self, view: View, plotter: Any) -> None:
        fails = True

        def on_press(*_: Any) -> None:
            if fails:
                raise ValueError("no such atom")

        plotter.iren.interactor.AddObserver("RightButtonPressEvent", on_press)
        drag(view, button=2)
        assert "ValueError: no such atom" in view.stream.notice
        fails = False
        drag(view, button=2)
        assert view.stream.notice == ""

    @pytest.mark.filterwarnings("default")
    def test_an_error_in_a_callback_of_pyvista_is_shown_too(self, view: View, plotter: Any) -> None:
        plotter.add_key_event("x", lambda: 1 / 0)
        press_key(view, "x")
        assert "ZeroDivisionError" in view.stream.notice
        press_key(view, "y")
        assert view.stream.notice == ""

    def test_each_subplot_turns_for_itself(self, cell: Cell) -> None:
        plotter = make_plotter(shape=(1, 2))
        plotter.subplot(0, 1)
        plotter.add_mesh(pv.Sphere())
        view = rfb.figure(plotter)
        left, right = (renderer.camera.position for renderer in plotter.renderers)
        act(view.stream, "pointer_down", x=150, y=70, button=1, buttons=[1])
        act(view.stream, "pointer_move", x=170, y=90, button=1, buttons=[1])
        act(view.stream, "pointer_up", x=170, y=90, button=1, buttons=[])
        assert plotter.renderers[0].camera.position == left
        assert plotter.renderers[1].camera.position != right
        assert np.array_equal(pixels(view), own_picture(plotter))
        plotter.close()


class TestCamera:
    def test_a_run_of_the_cell_again_keeps_the_camera_that_users_chose(self, notebook: Notebook) -> None:
        cell = Cell()
        with notebook.running(cell):
            first = make_plotter()
            view = rfb.figure(first, keep_camera=True)
        own = first.camera.position
        drag(view)
        chosen = first.camera.position
        with notebook.running(cell):
            second = make_plotter()
            assert rfb.figure(second, keep_camera=True) is view
        assert np.allclose(second.camera.position, chosen)
        assert np.array_equal(pixels(view), own_picture(second))
        act(view.stream, "tool", name="home")
        assert np.allclose(second.camera.position, own)
        with notebook.running(cell):
            third = make_plotter()
            rfb.figure(third, keep_camera=True)
        assert np.allclose(third.camera.position, own)

    def test_without_that_it_has_its_own(self, notebook: Notebook) -> None:
        cell = Cell()
        with notebook.running(cell):
            first = make_plotter()
            view = rfb.figure(first)
        own = first.camera.position
        drag(view)
        with notebook.running(cell):
            second = make_plotter()
            rfb.figure(second)
        assert np.allclose(second.camera.position, own)

    def test_the_same_plotter_in_the_next_run_goes_on(self, notebook: Notebook, plotter: Any) -> None:
        cell = Cell()
        for _ in range(2):
            with notebook.running(cell):
                view = rfb.figure(plotter)
            drag(view)
            assert np.array_equal(pixels(view), own_picture(plotter))


def test_what_is_replaced_is_freed(notebook: Notebook) -> None:
    cell = Cell()
    freed: list[weakref.ref[Any]] = []
    for _ in range(10):
        with notebook.running(cell):
            plotter = make_plotter()
            plotter.add_slider_widget(lambda _: None, (0, 1))
            rfb.figure(plotter, keep_camera=True)
        freed += weakref.ref(plotter), weakref.ref(plotter.render_window), weakref.ref(plotter.iren.interactor)
    del plotter
    gc.collect()
    assert [reference() is None for reference in freed[:-3]] == [True] * 27


@pytest.fixture
def canvas(plotter: Any) -> Any:
    canvas = canvas_of(plotter)
    yield canvas
    canvas.close()


@pytest.fixture
def screen(canvas: SceneCanvas) -> FakeScreen:
    screen = FakeScreen()
    canvas.attach(screen)
    canvas.draw()
    screen.idle()
    return screen


class TestCanvas:
    def test_several_renders_between_two_idle_moments_are_one_picture(
        self, canvas: SceneCanvas, screen: FakeScreen, plotter: Any
    ) -> None:
        shown = len(screen.pictures)
        for _ in range(3):
            plotter.camera.Azimuth(10)
            plotter.render()
        assert len(screen.pictures) == shown
        screen.idle()
        assert len(screen.pictures) == shown + 1
        assert np.array_equal(screen.pictures[-1], own_picture(plotter))

    def test_what_the_interactor_asks_for_is_rendered_once(
        self, canvas: SceneCanvas, screen: FakeScreen, plotter: Any
    ) -> None:
        renders: list[object] = []
        plotter.render_window.AddObserver("EndEvent", lambda *_: renders.append(1))
        with canvas.handling():
            for _ in range(4):
                plotter.camera.Azimuth(10)
                plotter.iren.interactor.Render()
        assert len(renders) == 1
        assert np.array_equal(screen.pictures[-1], own_picture(plotter))

    def test_nothing_is_rendered_while_nobody_looks(
        self, canvas: SceneCanvas, screen: FakeScreen, plotter: Any
    ) -> None:
        screen.watched = False
        shown = len(screen.pictures)
        plotter.camera.Azimuth(10)
        with canvas.handling():
            plotter.iren.interactor.Render()
        plotter.render()
        screen.idle()
        assert len(screen.pictures) == shown
        screen.watched = True
        canvas.wake()
        screen.idle()
        assert len(screen.pictures) == shown + 1
        assert np.array_equal(screen.pictures[-1], own_picture(plotter))

    @pytest.mark.parametrize("change", ["color", "scalars", "position", "camera", "background", "light", "removed"])
    def test_changes_are_noticed_without_a_render_and_only_once(
        self, canvas: SceneCanvas, screen: FakeScreen, plotter: Any, change: str
    ) -> None:
        actor = plotter.actors["cube"]
        canvas.look()
        screen.idle()
        shown = len(screen.pictures)
        match change:
            case "color":
                actor.prop.color = "red"
            case "scalars":
                actor.mapper.dataset["height"] = np.arange(8.0)
            case "position":
                actor.position = (1, 0, 0)
            case "camera":
                plotter.camera_position = "xy"
            case "background":
                plotter.background_color = "black"
            case "light":
                plotter.renderer.lights[0].intensity = 0.1
            case "removed":
                plotter.remove_actor(actor, render=False)
        for _ in range(3):
            canvas.look()
            screen.idle()
        assert len(screen.pictures) == shown + 1

    def test_what_callbacks_of_a_render_change_causes_no_endless_renders(
        self, canvas: SceneCanvas, screen: FakeScreen, plotter: Any
    ) -> None:
        plotter.add_on_render_callback(lambda _: plotter.actors["cube"].rotate_z(10))
        plotter.render()
        screen.idle()
        for _ in range(2):
            canvas.look()
            screen.idle()
        shown = len(screen.pictures)
        for _ in range(3):
            canvas.look()
            screen.idle()
        assert len(screen.pictures) == shown

    def test_the_size_follows_the_view_in_device_pixels(
        self, canvas: SceneCanvas, screen: FakeScreen, plotter: Any
    ) -> None:
        canvas.resize(300, 220, 2.0)
        screen.idle()
        assert screen.pictures[-1].shape == (220, 300, 3)
        assert screen.ratios[-1] == 2.0
        assert plotter.render_window.GetDPI() == 144
        assert canvas.css_size == (150, 110)
        assert np.array_equal(screen.pictures[-1], own_picture(plotter))

    def test_a_size_that_a_user_gives_the_window_is_that_of_the_view(
        self, canvas: SceneCanvas, screen: FakeScreen, plotter: Any
    ) -> None:
        plotter.window_size = (180, 90)
        canvas.look()
        screen.idle()
        assert screen.sizes == [(180, 90)]
        assert screen.pictures[-1].shape == (90, 180, 3)

    def test_a_screenshot_of_another_size_is_not_shown(
        self, canvas: SceneCanvas, screen: FakeScreen, plotter: Any
    ) -> None:
        plotter.screenshot(window_size=(80, 60), return_img=True)
        plotter.screenshot(scale=2, return_img=True)
        screen.idle()
        assert {picture.shape for picture in screen.pictures} == {(150, 200, 3)}
        assert np.array_equal(screen.pictures[-1], own_picture(plotter))

    def test_the_passes_of_a_picker_are_not_shown(self, canvas: SceneCanvas, screen: FakeScreen, plotter: Any) -> None:
        before = screen.pictures[-1]
        selector = vtk.vtkHardwareSelector()
        selector.SetRenderer(plotter.renderer)
        selector.SetArea(0, 0, 199, 149)
        assert selector.Select().GetNumberOfNodes() == 1
        screen.idle()
        assert np.array_equal(screen.pictures[-1], before)

    def test_timers_fire_while_somebody_looks(self, canvas: SceneCanvas, screen: FakeScreen, plotter: Any) -> None:
        steps: list[int] = []
        plotter.add_timer_event(max_steps=3, duration=100, callback=steps.append)
        screen.pass_s(0.1)
        assert steps == [0]
        screen.watched = False
        screen.pass_s(10)
        assert steps == [0]
        screen.watched = True
        canvas.wake()
        screen.idle()
        assert steps == [0, 1]
        for _ in range(5):
            screen.pass_s(10)
        assert steps == [0, 1, 2]

    def test_a_single_timer_fires_once_and_a_destroyed_one_never(
        self, canvas: SceneCanvas, screen: FakeScreen, plotter: Any
    ) -> None:
        fired: list[object] = []
        interactor = plotter.iren.interactor
        interactor.AddObserver("TimerEvent", lambda *_: fired.append(1))
        interactor.CreateOneShotTimer(50)
        interactor.DestroyTimer(interactor.CreateRepeatingTimer(50))
        for _ in range(3):
            screen.pass_s(10)
        assert len(fired) == 1

    def test_a_joystick_turns_while_the_button_is_held(
        self, canvas: SceneCanvas, screen: FakeScreen, plotter: Any
    ) -> None:
        plotter.enable_joystick_style()
        interactor, first = plotter.iren.interactor, plotter.camera.position
        interactor.SetEventInformation(150, 100)
        with canvas.handling():
            interactor.InvokeEvent("LeftButtonPressEvent")
        places = []
        for _ in range(3):
            screen.pass_s(1)
            places.append(plotter.camera.position)
        assert len({first, *places}) >= 3
        with canvas.handling():
            interactor.InvokeEvent("LeftButtonReleaseEvent")
        last = plotter.camera.position
        screen.pass_s(1)
        assert plotter.camera.position == last

    def test_the_timers_of_a_plotter_for_a_screen_fire_too(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plotter = pv.Plotter(window_size=(60, 40))
        plotter.add_mesh(pv.Cube())
        early, steps = [], []
        plotter.add_timer_event(max_steps=9, duration=100, callback=early.append)
        canvas, screen = canvas_of(plotter), FakeScreen()
        canvas.attach(screen)
        canvas.look()
        plotter.iren.interactor.AddObserver("TimerEvent", lambda *_: steps.append(1))
        number = plotter.iren.create_timer(100)
        canvas.look()
        for _ in range(2):
            screen.pass_s(1)
        assert early
        assert len(steps) == 4
        plotter.iren.destroy_timer(number)
        screen.pass_s(1)
        assert len(steps) == 5
        canvas.close()
        screen.pass_s(1)
        assert len(steps) == 5
        plotter.close()

    def test_a_timer_that_was_too_early_is_warned_of(self) -> None:
        plotter = make_plotter()
        plotter.add_timer_event(max_steps=3, duration=100, callback=print)
        with pytest.warns(UserWarning, match="created before rfb.figure"):
            canvas_of(plotter).close()
        plotter.close()

    def test_a_slow_scene_moves_in_fewer_pixels_and_rests_in_all(
        self, canvas: SceneCanvas, screen: FakeScreen, plotter: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now_s = iter(range(1000))
        monkeypatch.setattr("marimo_rfb.figures.vtk.canvas.time.perf_counter", lambda: next(now_s))
        canvas.pressed = True
        for _ in range(4):
            with canvas.handling():
                plotter.camera.Azimuth(5)
                plotter.iren.interactor.Render()
        shapes = [picture.shape[:2] for picture in screen.pictures]
        assert (75, 100) in shapes or (150, 200) in shapes
        reduced = screen.ratios[-1]
        screen.pass_s(1)
        assert screen.pictures[-1].shape == (150, 200, 3)
        assert screen.ratios[-1] == 1.0
        assert reduced <= 1.0
        assert np.array_equal(screen.pictures[-1], own_picture(plotter))
