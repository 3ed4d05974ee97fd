"""The arguments that an echo gives a tool: a text cast into a JSON schema.

For each place in the value the search makes candidates in a fixed order, and takes the first that
the judge, `jsonschema-rs`, accepts. Candidates come from the text where they can:

* string: the text, cut to `maxLength`, repeated up to `minLength` (an empty text counts as `x`).
  For a `pattern` that refuses it: words of the text, then the smallest match of the pattern.
* `format`: the first such value in the text, else a fixed one; base64: the encoded text.
* integer, number: the next number in the text, each used once, else 0, moved to the nearest that
  bounds and `multipleOf` allow. Dates, times and addresses are not numbers.
* boolean: the first of true, false, yes, no in the text, else false.
* enum, const: the member that the text names first, else the first.
* object: the required properties, in the order of `properties`; more only up to `minProperties`.
* array: `prefixItems`, `minItems` or one item, whichever is most; none where no item can be made.

`$ref` and `allOf` ask for more of the same value. `anyOf` and `oneOf` are choices: the search goes
into their branches in turn, and the first with a value wins. No value is made for `not`, `if`,
`contains`, `dependentSchemas` and `unevaluated…`. They are judged: where a value that was made
without them does not satisfy them, the error names them. `judge.py` limits how long that may take.
Take the text "pay 30" and the schema

    {"type": "object", "required": ["to", "sum"], "properties": {
        "to": {"anyOf": [{"type": "string", "maxLength": 0, "minLength": 1}, {"type": "null"}]},
        "sum": {"type": "integer", "maximum": 20}}}

1. Candidates: an object needs `to` and `sum`, so the search goes on to these places.
2. Choice: `to` has two branches. In the first, each candidate for a string is empty or too long.
3. Refusal: the judge refuses them, so the branch ends with an error that names `minLength`.
4. Memory of failures: the search notes that these schemas cannot be met together. Where another
   choice asks for the same, it fails at once, so nested choices do not double the work.
5. The second branch gives `null`. For `sum` the text offers 30, and the nearest allowed is 20. The
   judge accepts `{"to": null, "sum": 20}`. Without a value in any branch, the first error counts.

A schema is not nested in itself: a recursion ends at null, at an empty list, or in an error.
"""

from langchain_chat_echo.errors import UnsatisfiableSchemaError
from langchain_chat_echo.schema.search import echo_value

__all__ = ["UnsatisfiableSchemaError", "echo_value"]
