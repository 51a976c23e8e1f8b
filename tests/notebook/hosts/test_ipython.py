"""In a real kernel of Jupyter's."""

from collections.abc import Iterator

import pytest
from jupyter_kernel import JupyterKernel, jupyter_kernel, outputs

from marimo_rfb.notebook.hosts import _ipython


@pytest.fixture(scope="module")
def the_kernel() -> Iterator[JupyterKernel]:
    with jupyter_kernel() as kernel:
        yield kernel


@pytest.fixture
def kernel(the_kernel: JupyterKernel) -> JupyterKernel:
    """Return the kernel, with the module at hand and a list to note things in."""
    the_kernel.run("from marimo_rfb.notebook.hosts import _ipython\nnotes = []")
    return the_kernel


def test_elsewhere_there_is_no_kernel_and_no_cell() -> None:
    assert not _ipython.in_kernel()
    assert _ipython.current_cell() is None
    _ipython.update_output({"text/plain": "nobody is told"}, display_id="a")


class TestCell:
    def test_a_cell_is_known_by_the_id_that_the_page_sends(self, kernel: JupyterKernel) -> None:
        kernel.run("a = _ipython.current_cell()", cell="one")
        kernel.run("b = _ipython.current_cell()", cell="two")
        kernel.run("c = _ipython.current_cell()", cell="one")
        assert kernel.ask("(_ipython.in_kernel(), a.id, a == c, a == b, len({a, b, c}))") == (
            True,
            "one",
            True,
            False,
            2,
        )

    def test_a_front_end_that_names_no_cells_has_none(self, kernel: JupyterKernel) -> None:
        kernel.run("notes = [_ipython.in_kernel(), _ipython.current_cell()]")
        assert kernel.ask("notes") == [True, None]

    def test_a_task_knows_the_cell_that_made_it(self, kernel: JupyterKernel) -> None:
        kernel.run(
            "import asyncio\ngo_on = asyncio.Event()\n"
            "async def look():\n    await go_on.wait()\n    return _ipython.current_cell().id\n"
            "task = asyncio.create_task(look())",
            cell="one",
        )
        kernel.run("go_on.set()\nnotes = [await task]", cell="two")
        assert kernel.ask("notes") == ["one"]

    def test_it_is_pending_while_it_runs(self, kernel: JupyterKernel) -> None:
        kernel.run("cell = _ipython.current_cell()\nnotes = [cell.pending]", cell="one")
        assert kernel.ask("notes + [cell.pending]") == [True, False]
        kernel.run("notes = [cell.pending]", cell="two")
        assert kernel.ask("notes") == [False]

    def test_it_is_disposed_of_before_it_runs_again(self, kernel: JupyterKernel) -> None:
        kernel.run("_ipython.current_cell().on_disposal(lambda: notes.append('again'))", cell="one")
        kernel.run("notes.append('other')", cell="two")
        kernel.run("notes.append('itself')", cell="one")
        kernel.run("notes.append('itself')", cell="one")
        assert kernel.ask("notes") == ["other", "again", "itself", "itself"]

    def test_it_is_disposed_of_when_another_runs_after_it_was_deleted(self, kernel: JupyterKernel) -> None:
        kernel.run("_ipython.current_cell().on_disposal(lambda: notes.append('deleted'))", cell="one")
        kernel.run("notes.append('other')", cell="two", deleted=["one"])
        assert kernel.ask("notes") == ["deleted", "other"]

    def test_a_callback_that_raises_holds_up_no_other_and_not_the_cell(self, kernel: JupyterKernel) -> None:
        kernel.run(
            "cell = _ipython.current_cell()\n"
            "cell.on_disposal(lambda: 1 / 0)\ncell.on_disposal(lambda: notes.append('next'))",
            cell="one",
        )
        kernel.run("notes.append('run')", cell="one")
        assert kernel.ask("notes") == ["next", "run"]

    @pytest.mark.parametrize(
        ("variable", "kept"),
        [("thing", True), ("thing.stream", True), ("thing.widget", True), ("object()", False), ("[thing]", False)],
    )
    def test_it_keeps_what_a_variable_holds(self, kernel: JupyterKernel, variable: str, kept: bool) -> None:
        kernel.run(
            "class Thing: stream, widget = object(), object()\n"
            f"thing = Thing()\nheld = {variable}\nhave = [thing]\ndel thing\n"
            "keeps = lambda: _ipython.current_cell().keeps(have[0])",
        )
        kernel.run("notes.append(keeps())", cell="one")
        assert kernel.ask("notes") == [kept]

    def test_it_does_not_keep_what_only_ipython_remembers(self, kernel: JupyterKernel) -> None:
        kernel.run("class Thing: pass\nhave = [Thing()]\nhave[0]", cell="one")
        assert kernel.ask("(_ is have[0], any(each is have[0] for each in Out.values()))") == (True, True)
        kernel.run("notes.append(_ipython.current_cell().keeps(have[0]))", cell="two")
        assert kernel.ask("notes") == [False]

    @pytest.mark.parametrize(
        ("code", "defined"),
        [
            ("shown = 1", True),
            ("def shown(): pass", True),
            ("shown", False),
            ("%time shown = 1", True),
            ("other = 1", False),
        ],
    )
    def test_it_knows_what_its_code_defines(self, kernel: JupyterKernel, code: str, defined: bool) -> None:
        kernel.run(
            "shown = 0\nclass Now:\n    def __repr__(self): return str(_ipython.current_cell().defines('shown'))"
        )
        said = kernel.run(f"{code}\nNow()", cell="one")
        assert outputs(said)[-1] == {"text/plain": str(defined)}


def test_what_is_to_be_done_after_each_cell_is_done_before_the_front_end_goes_on(kernel: JupyterKernel) -> None:
    kernel.run("stop = _ipython.after_each_cell(lambda: _ipython.display_output({'text/plain': 'after'}))")
    assert outputs(kernel.run("print('during')")) == [{"text/plain": "after"}]
    kernel.run("stop(); stop()")
    assert outputs(kernel.run("1")) == [{"text/plain": "1"}]


class TestOutput:
    def test_one_with_an_id_is_exchanged(self, kernel: JupyterKernel) -> None:
        (data,) = outputs(kernel.run("_ipython.display_output({'text/plain': 'old'}, display_id='mine')", cell="one"))
        assert data == {"text/plain": "old"}
        said = kernel.run("_ipython.update_output({'text/plain': 'new'}, display_id='mine')", cell="two")
        (update,) = (message["content"] for message in said if message["msg_type"] == "update_display_data")
        assert (update["data"], update["transient"]) == ({"text/plain": "new"}, {"display_id": "mine"})

    def test_an_exchange_by_a_thread_or_a_task_belongs_to_the_cell_that_runs(self, kernel: JupyterKernel) -> None:
        """Otherwise a converter, which listens to that cell only, would miss it."""
        kernel.run(
            "import asyncio, threading, time\ngo_on = asyncio.Event()\n"
            "async def task():\n    await go_on.wait()\n    _ipython.update_output({}, display_id='by task')\n"
            "def thread():\n    _ipython.update_output({}, display_id='by thread')\n"
            "waiting = asyncio.create_task(task())",
            cell="one",
        )
        said = kernel.run(
            "thread = threading.Thread(target=thread); thread.start(); thread.join(); go_on.set(); await waiting",
            cell="two",
        )
        cells = {
            message["content"]["transient"]["display_id"]: message["parent_header"]["msg_id"]
            for message in said
            if message["msg_type"] == "update_display_data"
        }
        running = said[-1]["parent_header"]["msg_id"]
        assert cells == {"by task": running, "by thread": running}
