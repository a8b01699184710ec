"""Texts made to exhaust: each is read in a process of its own, which tells how long it took and how much memory it needed."""

import json
import subprocess
import sys
from typing import Any

import pytest

CHILD = """
import gc, json, resource, sys, time
sys.path[:0] = json.loads(sys.argv[2])
from reconciler.errors import InputError
from reconciler.formats import yaml
text = eval(sys.argv[1])
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
yaml.read(b"a: [1]", file="f")
before, begun = peak(), time.process_time()
try:
    yaml.read(text, file="f")
    told = []
except InputError as error:
    told = [str(problem) for problem in error.problems]
print(json.dumps({"seconds": time.process_time() - begun, "megabytes": peak() - before, "told": told}))
"""


def read(text: str) -> Any:
    """What became of reading a text, given as an expression for the child to evaluate."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, text, json.dumps(sys.path)], capture_output=True, text=True, check=True, timeout=100
    )
    return json.loads(done.stdout)


LAUGHS = "b'a0: &a0 [x, x, x, x]\\n' + b''.join(b'a%d: &a%d [*a%d, *a%d]\\n' % (n, n, n - 1, n - 1) for n in range(1, 99))"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (LAUGHS, "f:1:5: anchors (&a0) are not supported"),
        ("b'a: &x 1\\n' + b'b: *x\\n' * 5_000_000", "f:1:4: anchors (&x) are not supported"),
        ("b' ' * (200 * 1024 * 1024)", "f: 209,715,200 bytes; at most 67,108,864 are read; split the file"),
        ("b'a: ' + b'[' * 200_000", "f:1:53: more than 50 levels deep; write it flatter"),
        ("b'[' * 200_000", "f:1:51: more than 50 levels deep"),
        ("b'- ' * 200_000", "f:1:101: more than 50 levels deep"),
        ("b'? ' * 200_000", "f:1:3: a list or mapping cannot be a key"),
        ("''.join(' ' * n + 'a:\\n' for n in range(3_000)).encode()", "f:51:51: more than 50 levels deep"),
        ("b'a: 1\\na: 2\\n' + b'b: ' + b'[' * 200_000", "f:2:1: a stands here and at f:1:1"),
        ("b'a: ' + b'x' * 60_000_000", "a value or comment of more than 1,000,000 characters; shorten it"),
        ("b'a: \"' + b'x' * 60_000_000", "a value or comment of more than 1,000,000 characters"),
        ("b'a: |\\n  ' + b'x' * 60_000_000", "a value or comment of more than 1,000,000 characters"),
        ("b'a: |\\n' + b'  x\\n' * 15_000_000", "a value or comment of more than 1,000,000 characters"),
        ("b'x' * 60_000_000 + b': 1'", "a value or comment of more than 1,000,000 characters"),
        ("b'#' * 60_000_000", "a value or comment of more than 1,000,000 characters"),
        ("b'a: ' + b'x' * 1_000_001", "a value or comment of more than 1,000,000 characters"),
        ("b'%TAG !a! tag:x\\n' * 3_000_000 + b'---\\na: 1'", "f:1: %TAG is not supported"),
        ("b'\\r%TAG !a! tag:x' * 3_000_000 + b'---\\na: 1'", "f:1: %TAG is not supported"),
        ("b'a: 1\\n' * 10_000_000", "f:2:1: a stands here and at f:1:1"),
        ("b'---\\n' * 15_000_000", "f:1001:1: more than 1,000 documents; split the file"),
        ("b'[' + b'[],' * 20_000_000 + b']'", "more than 1,000,000 lists and mappings; split the file"),
        ("b'a: ' + b'\\x00' * 60_000_000", "f:1:4: a control character (U+0000)"),
        ("b'a: ' + b'\\xff' * 60_000_000", "f:1:4: not UTF-8: invalid leading UTF-8 octet"),
        ("('\\ufeffa: [' + 'x, ' * 10_000).encode('utf-16-le')", "f:2:1: not YAML: did not find expected node content"),
    ],
)
def test_hostile_text_is_refused_in_bounded_time_with_bounded_memory(text: str, problem: str) -> None:
    found = read(text)

    assert problem in found["told"][0]
    assert found["seconds"] < 20
    assert found["megabytes"] < 200
