"""Calls: what is passed to one is heeded on every path, and is gone afterwards."""

from __future__ import annotations

import pickle  # nosec B403 # of our own bytes
from typing import Any

from langchain_model_conformance._check import SIX, Level, check
from langchain_model_conformance._diagnosis import found, not_applicable, shown
from langchain_model_conformance._recording import Recorder
from langchain_model_conformance.checks.serialization import Serialization
from langchain_model_conformance.checks.stop import ABSENT, RESPECTED, Stop

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

    @check(
        says="A call's keyword arguments are for this call: all paths heed them, none keeps them.",
        mend="Send **kwargs to the provider in each of _call, _acall, _stream and _astream (or "
        "_generate and _agenerate), and store none of them on the model. Core passes them to a "
        "_generate only if that names its run_manager parameter.",
        needs=("invoke",),
    )
    def test_call_arguments(self) -> None:
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
                if after != plain:
                    kept = f"{argument} of {path} is kept: a later call, without it, answered"
                    found(f"{kept} {shown(after)}", shown(plain))
            heeded = heeded or bool(heeding)
        if not heeded:
            not_applicable("no path heeds distinguishing_params as arguments of a call")

    @check(
        says="A model's default stop ends every answer, unless a call passes a stop of its own or "
        "switches it off with stop=[].",
        mend="In every path: `stop = self.default_stop if stop is None else stop`.",
    )
    def test_default_stop(self, path: str) -> None:
        if self.default_stop_param is None:
            not_applicable("no default_stop_param is declared")
        self._require_stop()
        text, stop = self._single_stop()
        model = self._new(**{self.default_stop_param: [stop]})
        stopped, whole = self._ask_in_turn(model, path, [{}, {"stop": []}])
        if stopped != self._cut(text, [stop]):
            ignored = f"the default stop {[stop]!r} is ignored: {path} answered {shown(stopped)}"
            found(ignored, self._wanted(text, [stop]))
        if whole != text:
            on = f"{path}(stop=[]) does not switch the default stop {[stop]!r} off"
            found(f"{on}: it answered {shown(whole)}", shown(text))

    @check(
        says=f"{RESPECTED}: however many there are.",
        mend="Cut at those that the provider does not take yourself, or raise; drop none silently.",
    )
    def test_stop_many(self, path: str) -> None:
        text, stop = self._working_stop(path)
        absent = [f"{ABSENT}{number}" for number in range(MANY - 1)]
        try:
            few, many = (self._stopped(path, [*absent[:size], stop]) for size in (2, MANY))
        except Exception:  # noqa: BLE001  # a refusal, whatever its type: that is honest
            return
        if few == self._cut(text, [stop]) != many:  # fewer are another check's
            dropped = f"stop {MANY} of {MANY} is dropped: {path} answered {shown(many)}"
            found(dropped, self._wanted(text, [stop]))

    @check(
        says="Every character is part of an answer, those too that str.splitlines takes for line "
        "breaks: U+2028, U+2029, U+0085, vertical tab, form feed.",
        mend='Split a stream at "\\n" or "\\r\\n" only: str.split, or a reader of server-sent '
        "events; never str.splitlines.",
    )
    def test_line_separators_kept(self, path: str) -> None:
        expected, text = self._reference(BREAKS), self._ask(self._new(), path, BREAKS)
        if text != expected:
            lost = [f"U+{ord(one):04X}" for one in expected if one not in text]
            found(f"{path} lost {', '.join(lost) or 'none'}: {shown(text)}", shown(expected))

    def _with_and_after(self, path: str, argument: dict[str, Any], plain: str) -> tuple[Any, str]:
        """Return the answer with an argument, None if it is refused, and a later one without."""
        calls = [{"prompt": QUESTION, **argument}, {"prompt": QUESTION}]
        try:
            answer, after = self._ask_in_turn(self._new(), path, calls)
            if after == plain:  # what this path keeps, another one may use
                model = self._new()
                self._ask(model, path, QUESTION, **argument)
                after = self._ask(model, "invoke", QUESTION)
        except Exception:  # noqa: BLE001  # no argument of a call, for this path
            return None, plain
        return answer, after


class StringCalls(Calls, Serialization):
    """What string models may keep of a call, or lose of its details, beside that."""

    @check(
        says="Each run has a run manager of its own: its tokens go there and nowhere else.",
        mend="Use the run_manager that _call or _stream is passed; store none on the model.",
    )
    def test_runs_kept_apart(self, path: str) -> None:
        first, second = Recorder(), Recorder()
        calls = [{"config": {"callbacks": [recorder]}} for recorder in (first, second)]
        self._ask_in_turn(self._new(), path, calls)
        names = [event.name for event in first.events]
        late = names[names.index("end") :].count("token") if "end" in names else 0
        if late:
            kept = f"{path} kept the run manager of its first run, and told it of the second"
            found(f"{kept}: {late} tokens", "none")

    @check(
        Level.SHOULD,
        says="Why an answer ended and what it cost is told on every path or on none.",
        mend="Put both into the generation_info of the last chunk, once, as _generate does.",
    )
    def test_details_on_every_path(self) -> None:
        told = {path: self._details(path) for path in SIX if not self._path_problem(path)}
        for what in DETAILS:
            lacking = [path for path, details in told.items() if details[what] is None]
            having = [path for path in told if path not in lacking]
            if lacking and having:
                lost = f"{what} is told on {', '.join(having)}, and lost on {', '.join(lacking)}"
                found(lost, "told everywhere or nowhere")
        reasons = {path: str(details[FINISH]) for path, details in told.items()}
        if len(set(reasons.values())) > 1:
            found(f"{FINISH} is {shown(reasons)}", "the same on every path")

    @check(
        Level.SHOULD,
        says="Serialization: a model that has answered can still be sent to another process.",
        mend="Keep no client, lock, iterator or response of a call on the model, or drop it in "
        "__getstate__.",
        each=("path", ("invoke", "stream")),  # what a loop leaves behind, fresh_event_loops sees
    )
    def test_pickle_after_call(self, path: str) -> None:
        self._importable_class()
        model = self._new()
        try:
            pickle.dumps(model)
        except Exception:  # noqa: BLE001  # whatever it raises
            not_applicable("the model cannot be pickled, which pickle reports")
        self._ask(model, path)
        try:
            pickle.dumps(model)
        except Exception as error:  # noqa: BLE001  # whatever it raises
            if "generator" in str(error):
                not_applicable("the model keeps its stream, which interleaved_streams reports")
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
