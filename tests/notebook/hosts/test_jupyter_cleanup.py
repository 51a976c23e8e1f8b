"""In a real kernel of Jupyter's."""

from collections.abc import Iterator

import pytest
from jupyter_kernel import JupyterKernel, jupyter_kernel
from support import eventually

SERVE = """
stream = await rfb.serve(64, 48)
task = rfb.publish_loop(stream, lambda: np.zeros((48, 64, 3), np.uint8), fps=20)
"""
LOOPS = "sum(t.get_name().startswith('publish') for t in asyncio.all_tasks(loop))"


@pytest.fixture(scope="module")
def the_kernel() -> Iterator[JupyterKernel]:
    with jupyter_kernel() as kernel:
        yield kernel


@pytest.fixture
def kernel(the_kernel: JupyterKernel) -> Iterator[JupyterKernel]:
    the_kernel.run(
        "import asyncio, marimo_rfb as rfb, numpy as np\n"
        "from marimo_rfb.notebook.hosts.session import Session\nloop = asyncio.get_running_loop()"
    )
    yield the_kernel
    the_kernel.run("Session.current().close(); await asyncio.sleep(0)")


def test_a_cell_that_serves_again_ends_what_it_served_before(kernel: JupyterKernel) -> None:
    ports = []
    for _ in range(3):
        kernel.run(SERVE, cell="one")
        ports.append(kernel.ask("stream.port"))
    assert len(set(ports)) == 3
    eventually(
        lambda: kernel.ask(f"{LOOPS}, [rfb.Hub.on_port(p) is None for p in {ports}]") == (1, [True, True, False])
    )
    assert kernel.ask("stream.closed, task.done()") == (False, False)


def test_what_a_variable_holds_goes_on(kernel: JupyterKernel) -> None:
    kernel.run(SERVE, cell="one")
    kernel.run("held, running = stream, task", cell="two")
    kernel.run(SERVE, cell="one")
    kernel.run("rfb.frame(np.zeros((48, 64, 3), np.uint8))", cell="three")
    kernel.run("lost = Session.current().registry; before = len(lost)", cell="three")
    eventually(lambda: kernel.ask("len(lost) < before"))  # the sweep of another cell, so that of `one` was before
    assert kernel.ask("held.closed, running.done(), stream.closed") == (False, False, False)
    kernel.run("del held, running", cell="two")
    eventually(lambda: kernel.ask(LOOPS) == 1)


def test_where_no_cells_are_named_it_is_up_to_the_notebook(kernel: JupyterKernel) -> None:
    kernel.run(SERVE)
    assert kernel.ask("len(Session.current().registry)") == 0
    kernel.run("task.cancel(); await stream.aclose()")
