from __future__ import annotations

import shutil
import subprocess

import pytest

from steward.lib.exposition import Family, Kind, Sample, family, written


def test_values_are_written_with_help_type_and_labels():
    text = written(
        (
            family("a_total", Kind.COUNTER, "How\nmany \\.", 3),
            family("b_seconds", Kind.GAUGE, "Age.", {'x"\\\n': 0.25}, label="of"),
        )
    )
    assert text == (
        "# HELP a_total How\\nmany \\\\.\n# TYPE a_total counter\na_total 3\n"
        '# HELP b_seconds Age.\n# TYPE b_seconds gauge\nb_seconds{of="x\\"\\\\\\n"} 0.25\n'
    )


def test_a_family_without_values_is_left_out():
    assert written((Family(name="a", kind=Kind.GAUGE, says="A.", samples=()),)) == ""


def test_large_and_endless_numbers_are_written_as_prometheus_reads_them():
    samples = tuple(Sample(value=value) for value in (1e15, float("inf"), 1.5e-7))
    text = written((Family(name="a", kind=Kind.GAUGE, says="A.", samples=samples),))
    assert text.splitlines()[2:] == ["a 1000000000000000", "a +Inf", "a 1.5e-07"]


def test_prometheus_itself_finds_nothing_wrong():
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not here: Debian has it in the package `prometheus`")
    buckets = (Sample(value=1, labels={"le": "+Inf"}, suffix="_bucket"), Sample(value=2, suffix="_sum"))
    histogram = (*buckets, Sample(value=1, suffix="_count"))
    text = written(
        (
            family("steward_things_total", Kind.COUNTER, "Things.", {"a": 1}, label="kind"),
            Family(name="steward_wait_seconds", kind=Kind.HISTOGRAM, says="Waits.", samples=histogram),
        )
    )
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
