from marimo_rfb.flow.trickle import Trickle


def test_a_picture_a_second_goes_without_an_ack_and_after_ten_one_in_ten_seconds() -> None:
    trickle = Trickle()
    waits = []
    for _ in range(12):
        waits.append(trickle.wait_s)
        trickle.gave_up()
    assert waits == [1.0] * 10 + [10.0] * 2


def test_an_ack_makes_it_patient_again() -> None:
    trickle = Trickle()
    for _ in range(20):
        trickle.gave_up()
    trickle.answered()
    assert trickle.wait_s == 1.0
