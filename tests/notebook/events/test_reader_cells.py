from kernel import Cell, Notebook

from marimo_rfb.notebook.events.reader_cells import ReaderCells


def test_those_that_read_in_their_present_run_run_again(notebook: Notebook) -> None:
    readers, one, other = ReaderCells(), Cell(), Cell()
    readers.note(one)
    readers.note(other)
    readers.rerun()
    assert notebook.run_again == [{one, other}]


def test_one_that_reads_twice_runs_once(notebook: Notebook) -> None:
    readers, cell = ReaderCells(), Cell()
    for _ in range(3):
        readers.note(cell)
    readers.rerun()
    assert notebook.run_again == [{cell}]


def test_one_that_reads_no_more_is_left_alone(notebook: Notebook) -> None:
    readers, cell, other = ReaderCells(), Cell(), Cell()
    readers.note(cell)
    readers.note(other)
    cell.dispose()
    readers.rerun()
    readers.note(cell)
    readers.rerun()
    assert notebook.run_again == [{other}, {cell, other}]


def test_the_runs_that_it_asks_for_change_nothing_of_what_it_asks(notebook: Notebook) -> None:
    readers, cell = ReaderCells(), Cell()
    readers.note(cell)
    readers.rerun()
    cell.dispose()  # as happens when it runs
    assert notebook.run_again == [{cell}]
    readers.rerun()
    assert notebook.run_again == [{cell}, set()]


def test_a_thousand_runs_leave_nothing_behind(notebook: Notebook) -> None:
    readers, cell = ReaderCells(), Cell()
    for _ in range(1000):
        cell.dispose()
        readers.note(cell)
    readers.rerun()
    assert notebook.run_again == [{cell}]
