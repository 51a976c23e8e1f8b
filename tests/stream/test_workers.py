import threading

from support import eventually

from marimo_rfb.stream import workers


def test_a_job_runs_on_a_thread_of_its_own() -> None:
    names: list[str] = []
    workers.submit(lambda: names.append(threading.current_thread().name))
    eventually(lambda: names)
    assert names[0].startswith("rfb-encode")


def test_what_runs_aside_has_one_thread_and_gives_its_result() -> None:
    release, names = threading.Event(), list[str]()

    def work(number: int) -> int:
        names.append(threading.current_thread().name)
        assert release.wait(20)
        return number

    futures = [workers.submit_aside(lambda number=number: work(number)) for number in range(3)]
    done: list[int] = []
    workers.submit(lambda: done.append(1))  # no frame waits for it
    eventually(lambda: done)
    assert names == ["rfb-capture_0"]
    release.set()
    assert [future.result(20) for future in futures] == [0, 1, 2]
    assert set(names) == {"rfb-capture_0"}


def test_the_number_of_threads_is_bounded() -> None:
    done: list[int] = []
    for number in range(100):
        workers.submit(lambda number=number: done.append(number))
    eventually(lambda: len(done) == 100)
    assert sum(thread.name.startswith("rfb-encode") for thread in threading.enumerate()) <= 4
