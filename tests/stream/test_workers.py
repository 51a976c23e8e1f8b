import threading

from support import eventually

from marimo_rfb.stream import workers


def test_a_job_runs_on_a_thread_of_its_own() -> None:
    names: list[str] = []
    workers.submit(lambda: names.append(threading.current_thread().name))
    eventually(lambda: names)
    assert names[0].startswith("rfb-encode")


def test_the_number_of_threads_is_bounded() -> None:
    done: list[int] = []
    for number in range(100):
        workers.submit(lambda number=number: done.append(number))
    eventually(lambda: len(done) == 100)
    assert sum(thread.name.startswith("rfb-encode") for thread in threading.enumerate()) <= 4
