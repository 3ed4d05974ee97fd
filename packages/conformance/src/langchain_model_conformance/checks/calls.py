"""Calls: what is passed to one is heeded on every path, and is gone afterwards."""

from __future__ import annotations

import functools
import pickle  # nosec B403 # of our own bytes
from typing import Any

from langchain_model_conformance._check import SIX, must, on, should
from langchain_model_conformance._diagnosis import attempt, found, not_applicable, same, shown
from langchain_model_conformance._recording import Recorder
from langchain_model_conformance.checks.identity import Identity
from langchain_model_conformance.checks.stop import ABSENT, Stop

QUESTION = "A question of 25 letters?"  # short: it is asked on every path, for every argument
BREAKS = "one\u2028two\u2029three\x85four\x0bfive\x0csix\x1cseven"  # what splitlines splits, too
MANY = 8  # stops: twice what the providers take that drop the rest
FINISH, USAGE = "the finish reason", "the token usage"
DETAILS = {
    FINISH: ("finish_reason", "stop_reason", "done_reason"),
    USAGE: ("token_usage", "usage", "usage_metadata", "eval_count"),
}


class Calls(Stop):
    """What a path may lose of a call, or keep for the next one."""

    @must(
        "Send **kwargs to the provider in _call, _acall, _stream and _astream (or in _generate and "
        "_agenerate), and store none on the model. Core passes them to a _generate only if it "
        "names its run_manager parameter."
    )
    def test_call_arguments(self) -> None:
        """A call's keyword arguments are for this call: all paths heed them, none keeps them."""
        self._require_path("invoke")
        paths = [path for path in SIX if not self._path_problem(path)]
        plain, heeded = self._reference(QUESTION), False
        for name, value in self.distinguishing_params.items():
            if name in ("stop", self.default_stop_param):
                continue  # stops have checks of their own
            argument = f"{name}={shown(value)} of a call"
            answers = {path: self._with_and_after(path, {name: value}, plain) for path in paths}
            heeding = [path for path in paths if answers[path][0] not in (plain, None)]
            losing = [path for path in paths if path not in heeding]
            if heeding and losing:
                found(f"{argument} is lost on {', '.join(losing)}", f"as on {', '.join(heeding)}")
            for path, (_, after) in answers.items():
                kept = f"{argument} of {path} is kept: a later call, without it, answered"
                same(after, plain, kept)
            heeded = heeded or bool(heeding)
        if not heeded:
            not_applicable("no path heeds distinguishing_params as arguments of a call")

    @must("In every path: `stop = self.default_stop if stop is None else stop`.")
    def test_default_stop(self, path: str) -> None:
        """A default stop ends every answer, unless a call passes its own, or stop=[] for none."""
        self._require_declared("default_stop_param")
        text, stop = self._single_stop()
        model = self._new(**{str(self.default_stop_param): [stop]})
        stopped, whole = self._ask_in_turn(model, path, [{}, {"stop": []}])
        ignored = f"the default stop {[stop]!r} is ignored: {path} answered"
        same(stopped, self._cut(text, [stop]), ignored)
        on = f"{path}(stop=[]) does not switch the default stop {[stop]!r} off: it answered"
        same(whole, text, on)

    @must("Cut at those that the provider does not take yourself, or raise; drop none silently.")
    def test_stop_many(self, path: str) -> None:
        """Stop token should be respected: however many there are."""
        text, stop = self._working_stop(path)
        absent = [f"{ABSENT}{number}" for number in range(MANY - 1)]
        few, many = (self._attempt(path, stop=[*absent[:size], stop])[0] for size in (2, MANY))
        if few == self._cut(text, [stop]) and many is not None:  # to refuse so many is honest
            same(many, few, f"stop {MANY} of {MANY} is dropped: {path} answered")

    @must('Split a stream at "\\n" or "\\r\\n" only, with str.split; never with str.splitlines.')
    def test_line_separators_kept(self, path: str) -> None:
        """Every character is part of an answer, also one at which str.splitlines would split."""
        expected, text = self._reference(BREAKS), self._ask(self._new(), path, BREAKS)
        lost = [f"U+{ord(one):04X}" for one in expected if one not in text]
        same(text, expected, f"{path} lost {', '.join(lost) or 'none'}:")

    def _with_and_after(self, path: str, argument: dict[str, Any], plain: str) -> tuple[Any, str]:
        """Return the answer with an argument, None if it is refused, and a later one without."""
        calls = [{"prompt": QUESTION, **argument}, {"prompt": QUESTION}]
        answers, _ = attempt(lambda: self._ask_in_turn(self._new(), path, calls))
        if not answers:  # no argument of a call, for this path
            return None, plain
        answer, after = answers
        if after == plain:  # what this path keeps, another one may use
            model = self._new()
            self._ask(model, path, QUESTION, **argument)
            after = self._ask(model, "invoke", QUESTION)
        return answer, after


class StringCalls(Calls, Identity):
    """What string models may keep of a call, or lose of its details, beside that."""

    @must("Use the run_manager that _call or _stream is passed; store none on the model.")
    def test_runs_kept_apart(self, path: str) -> None:
        """Each run has a run manager of its own: its tokens go there and nowhere else."""
        first, second = Recorder(), Recorder()
        calls = [{"config": {"callbacks": [recorder]}} for recorder in (first, second)]
        self._ask_in_turn(self._new(), path, calls)
        names = [event.name for event in first.events]
        late = names[names.index("end") :].count("token") if "end" in names else 0
        if late:
            kept = f"{path} kept the run manager of its first run, and told it of the second"
            found(f"{kept}: {late} tokens", "none")

    @should("Put both into the generation_info of the last chunk, once, as _generate does.")
    def test_details_on_every_path(self) -> None:
        """Why an answer ended and what it cost is told on every path or on none."""
        told = {path: self._details(path) for path in SIX if not self._path_problem(path)}
        for what in DETAILS:
            having = [path for path in told if told[path][what] is not None]
            lacking = [path for path in told if path not in having]
            if lacking and having:
                lost = f"{what} is told on {', '.join(having)}, and lost on {', '.join(lacking)}"
                found(lost, "told everywhere or nowhere")
        reasons = {path: str(details[FINISH]) for path, details in told.items()}
        if len(set(reasons.values())) > 1:
            found(f"{FINISH} is {shown(reasons)}", "the same on every path")

    @should("Keep no client, lock or response of a call on the model, or drop it in __getstate__.")
    @on(("invoke", "stream"))  # what a loop leaves behind, fresh_event_loops sees
    def test_pickle_after_call(self, path: str) -> None:
        """Serialization: a model that has answered can still be sent to another process."""
        self._importable_class()
        model = self._new()
        pickled = functools.partial(pickle.dumps, model)
        if attempt(pickled)[1]:
            not_applicable("the model cannot be pickled, which pickle reports")
        self._ask(model, path)
        _, error = attempt(pickled)
        if "generator" in str(error):
            not_applicable("the model keeps its stream, which interleaved_streams reports")
        if error:
            found(f"after {path} the model cannot be pickled: {error!r}", "pickled as before")

    def _details(self, path: str) -> dict[str, Any]:
        info: dict[str, Any] = {}
        for event in self._heard(path)[1].named("end"):
            info.update(event.payload.llm_output or {})
            info.update(event.payload.generations[0][0].generation_info or {})
        return {
            what: next((info[name] for name in names if info.get(name)), None)
            for what, names in DETAILS.items()
        }
