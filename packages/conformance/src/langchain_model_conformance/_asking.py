"""Asking a model on every path, and knowing what cannot be asked of it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from langchain_model_conformance import _loop
from langchain_model_conformance._check import ASYNC, BATCHES, SIX, STREAMS
from langchain_model_conformance._declarations import Declared
from langchain_model_conformance._diagnosis import (
    attempt,
    describe_error,
    found,
    not_applicable,
    same,
    shown,
)
from langchain_model_conformance._fields import held, is_foreign
from langchain_model_conformance._recording import Recorder

if TYPE_CHECKING:
    from langchain_model_conformance._diagnosis import Attempted

PROMPT = "The quick brown fox (a test) jumps. Größe: 東京 🦊 zzz\nThe end."
"""What is asked: long enough to cut, with regex characters, a line break and an astral one."""


class Asking(Declared):
    """How checks ask a model, and compare what it says."""

    def _new_for_threads(self) -> Any:
        """Return a new model that several threads may call first."""
        # Core writes this cache into the model unguarded, while another thread may read the fields.
        model = self._new()
        getattr(model, "_serialized", None)
        return model

    def _pieces(self, model: Any, path: str, prompt: Any = PROMPT, **how: Any) -> list[Any]:
        """Return what `model` hands out on a path: the chunks of a stream, else one answer."""
        return _loop.run_on(path, self._apieces(model, path, prompt, **how))

    async def _apieces(self, model: Any, path: str, prompt: Any = PROMPT, **how: Any) -> list[Any]:
        """Do what `_pieces` does, in an event loop that is running."""
        if type(how.get("stop")) is list:  # `stop_list_unchanged` looks at one of another type
            how["stop"] = [*how["stop"]]
        answer = getattr(model, path)([prompt] if path in BATCHES else prompt, **how)
        if path in STREAMS:
            return await _loop.listed(answer)
        whole = await _loop.awaited(answer)
        return whole if path in BATCHES else [whole]

    def _ask(self, model: Any, path: str, prompt: Any = PROMPT, **how: Any) -> str:
        """Return the whole text that `model` answers on `path`."""
        return "".join(map(self._text, self._pieces(model, path, prompt, **how)))

    def _attempt(self, path: str, prompt: Any = PROMPT, **how: Any) -> Attempted[str]:
        """Return what a new model answers, or the exception that it raises."""
        return attempt(lambda: self._ask(self._new(), path, prompt, **how))

    def _ask_in_turn(self, model: Any, path: str, calls: list[dict[str, Any]]) -> list[str]:
        """Return the answers to several calls of one model."""
        return [self._ask(model, path, **call) for call in calls]

    def _answers(self, model: Any, path: str, prompts: list[str], **how: Any) -> list[Any]:
        """Return what `batch` or `abatch` returns, exceptions included."""

        async def ask() -> list[Any]:
            return list(await _loop.awaited(getattr(model, path)(prompts, **how)))

        return _loop.run_on(path, ask())

    def _several(self, model: Any, path: str, prompts: list[str], **how: Any) -> list[str]:
        """Return the texts that `model` answers to several prompts, on `batch` or `abatch`."""
        return [self._text(answer) for answer in self._answers(model, path, prompts, **how)]

    def _heard(self, path: str) -> tuple[list[Any], Recorder]:
        """Return what a plain call hands out and tells callbacks; it is made once for a class."""

        def ask() -> tuple[list[Any], Recorder]:
            recorder = Recorder()
            return self._pieces(self._new(), path, config={"callbacks": [recorder]}), recorder

        return self._once(f"plain {path}", ask)

    def _said(self, path: str) -> str:
        """Return the text of that plain call."""
        return "".join(map(self._text, self._heard(path)[0]))

    def _raw_prompt(self, prompt: str) -> Any:
        """Return what `_stream` takes: a chat model takes messages."""
        return prompt

    @staticmethod
    def _text(piece: Any) -> str:
        """Return the text of an answer, a chunk or a generation; other things as their repr."""
        content = piece if isinstance(piece, str) else getattr(piece, "content", None)
        if isinstance(content, list):
            blocks = (block if isinstance(block, dict) else {"text": block} for block in content)
            return "".join(str(block.get("text", "")) for block in blocks)
        text = content if isinstance(content, str) else getattr(piece, "text", None)
        return text if isinstance(text, str) else repr(piece)

    def _reference(self, prompt: str = PROMPT) -> str:
        """Return what every path must answer: the declared text, else what `invoke` says."""
        declared = self.expected_completion(prompt)
        if declared is not None:
            return declared
        self._require_path("invoke")
        return self._once(f"to {prompt}", lambda: self._ask(self._new(), "invoke", prompt))

    def _require_answer(
        self, path: str, expected: str, prompt: str = PROMPT, *, declared: str = "", **how: Any
    ) -> None:
        """Compare what a new model answers with what it must; it must not raise either."""
        call = f"{path}(stop={how['stop']!r})" if "stop" in how else path
        text, error = self._attempt(path, prompt, **how)
        if error:
            found(f"{call} raised {describe_error(error)}", shown(expected))
        same(text, expected, f"{call} answered", declared=declared)

    def _require_answers(self, texts: list[str], prompts: list[str], how: str) -> None:
        """Compare the answers to several prompts with what each must be."""
        expected = [self._reference(prompt) for prompt in prompts]
        same(len(texts), len(expected), f"{how}: the number of answers is")
        for text, wanted in zip(texts, expected, strict=True):
            same(text, wanted, f"{how}: the answer")

    def _require_path(self, path: str) -> None:
        """Leave out what runs on a broken path: one check reports it, and once is enough."""
        if reason := self._path_problem(path):
            not_applicable(reason)

    def _path_problem(self, path: str) -> str:
        """Return why a path is left out, or ""."""
        if check := self._unfit()[0]:
            return f"no answer can be judged, which {check} reports"
        broken, error = self._once(path, lambda: attempt(lambda: self._is_broken(path)))
        return f"{path} is broken, which same_text_on_every_path reports" if broken or error else ""

    def _unfit(self) -> tuple[str, str]:
        """Return the check that reports why no answer can be judged, and what it saw, or ""."""
        return self._once("unfit", self._ask_each_path_twice)

    def _ask_each_path_twice(self) -> tuple[str, str]:
        errors = []
        for path in SIX:
            first, error = attempt(functools.partial(self._said, path))
            second, other = self._attempt(path)
            if raised := error or other:
                errors.append(f"{path} raised {describe_error(raised)}")
            elif first != second:
                return "deterministic", f"{path} answered {shown(first)}, then {shown(second)}"
            else:
                return "", ""
        return "answers", errors[0]

    def _is_broken(self, path: str) -> bool:
        expected = self.expected_completion(PROMPT)
        return self._said(path) != (self._said("invoke") if expected is None else expected)

    def _require_error(self, path: str) -> None:
        """Leave out a path that answers `error_prompt`: a check of its own reports it."""
        self._require_declared("error_prompt")
        if not self._attempt(path, self.error_prompt)[1]:
            not_applicable(f"{path} answers error_prompt, which error_reported_once reports")

    def _settle(self, path: str) -> None:
        """Ask until there is an answer: a shared pool hands out each dead connection once."""
        any(not self._attempt(path)[1] for _ in range(8))

    def _require_declared(self, name: str) -> None:
        """Leave out what needs a declaration that is not made."""
        if getattr(self, name) in (None, {}):
            not_applicable(f"no {name} {'are' if name.endswith('s') else 'is'} declared")

    def _streams(self, path: str) -> bool:
        """Return whether the class implements streaming on a path; one kind serves both."""
        own = {
            name
            for name in ("_stream", "_astream")
            if getattr(self._model_class, name) is not getattr(self._base, name)
        }
        return "_stream" in own or (path in ASYNC and bool(own))

    def _require_streaming(self, path: str) -> None:
        """Leave out streaming where the class does not implement it: that is no defect."""
        if not self._streams(path):
            not_applicable(f"{self._model_class.__name__} does not implement _stream")

    def _require_stop(self) -> None:
        if self.stop_policy == "unsupported":
            not_applicable('stop_policy is "unsupported"')

    def _own_secrets(self) -> list[str]:
        """Return the declared secrets whose fields the author of the class has a say in."""
        self._require_declared("secret_params")
        own = [name for name in self.secret_params if not is_foreign(self._model_class, name)]
        return own or not_applicable("another distribution declares the secret's field")

    def _held(self, model: Any, argument: str) -> list[Any]:
        """Return what `model` holds of an argument, which may be the alias of several fields."""
        values = held(model, argument)
        if values is None:
            not_applicable(f"{argument} is no field of the model: how it is kept cannot be seen")
        return values
