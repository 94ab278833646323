from threading import Event, Thread

from clover_chat.model.line import Line


def test_the_first_does_not_wait() -> None:
    with Line().ticket() as places:
        assert list(places) == []


def test_people_are_let_in_in_the_order_they_came() -> None:
    line, order, first_is_in, go = Line(), [], Event(), Event()

    def visit(name: str) -> None:
        with line.ticket() as places:
            list(places)
            order.append(name)
            first_is_in.set()
            go.wait(5)

    threads = []
    for number, name in enumerate("abc", start=1):
        threads.append(Thread(target=visit, args=(name,)))
        threads[-1].start()
        first_is_in.wait(5)
        while len(line) < number:
            pass
    go.set()
    for thread in threads:
        thread.join(5)

    assert order == ["a", "b", "c"]
    assert len(line) == 0


def test_a_place_moves_up_when_somebody_leaves() -> None:
    line = Line()
    with line.ticket() as first, line.ticket() as second:
        list(first)
        third = line.ticket()
        with third as places:
            assert next(second) == 1
            assert next(places) == 2
