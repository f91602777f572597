"""Records to JSON and back, from several threads at once."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator

import pytest

from steward.lib import codec
from steward.model.plan import Plan


def let_others_in(_phase: str, _details: dict[str, int]) -> None:
    time.sleep(0)


@pytest.fixture
def busy_collector() -> Iterator[None]:
    """Let the garbage collector run often, and other threads run whenever it does."""
    thresholds = gc.get_threshold()
    gc.set_threshold(50, 2, 2)
    gc.callbacks.append(let_others_in)
    yield
    gc.callbacks.remove(let_others_in)
    gc.set_threshold(*thresholds)


def test_threads_that_need_the_same_adapters_at_once_all_get_them(busy_collector: None):
    failed: list[BaseException] = []

    def build(depth: int) -> None:
        if depth:
            build(depth - 1)
            return
        for _ in range(4):
            codec._built.cache_clear()
            try:
                codec.schema(Plan)
            except SystemError as error:
                failed.append(error)

    threads = [threading.Thread(target=build, args=(depth,)) for depth in (0, 50, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
