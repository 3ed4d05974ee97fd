from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"

QUICKSTART = """\
>>> print(llm)
\033[1mCustomLLM\033[0m
Params: {'model_name': 'CustomChatModel', 'n': 5}

>>> llm.invoke("This is a foobar thing")
'This '

>>> await llm.ainvoke("world")
'world'

>>> llm.batch(['woof woof woof', 'meow meow meow'])
['woof ', 'meow ']

>>> await llm.abatch(['woof woof woof', 'meow meow meow'])
['woof ', 'meow ']

>>> async for token in llm.astream("hello"): print(token, end="|")
h|e|l|l|o|

>>> chain.astream_events({"input": "hello there!"}, version="v1")
['S', 'y', 's', 't', 'e', 'm', ':']

>>> chain.astream_events({"input": "hello there!"}, version="v2")
['S', 'y', 's', 't', 'e', 'm', ':']

What the how-to page's class gets wrong

stop on stream: list(model(n=9).stream("one END two", stop=["END"]))
  the page's class: ['o', 'n', 'e', ' ', 'E', 'N', 'D', ' ', 't']
  CustomLLM:        ['o', 'n', 'e', ' ', 'E', 'N', 'D']

an empty answer: list(model(n=9).stream(""))
  the page's class: ValueError: No generation chunks were returned
  CustomLLM:        ['']

two models behind one cache: model(n=3), then model(n=5), asked 'hello'
  the page's class: ['hel', 'hel']
  CustomLLM:        ['hel', 'hello']

"""


@pytest.mark.slow  # it starts a Python of its own
def test_the_quickstart_prints_this() -> None:
    run = subprocess.run(  # noqa: S603 - our own interpreter and file
        [sys.executable, str(EXAMPLES / "quickstart.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == ""
    assert run.stdout == QUICKSTART
