"""What a text becomes in each kind of schema, and what is refused, case by case."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from langchain_chat_echo.schema import UnsatisfiableSchemaError, echo_value, search


def obj(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def text_of(kind: str, **rules: Any) -> dict[str, Any]:
    return {"type": "string", "format": kind, **rules}


INT = {"type": "integer"}
NUM = {"type": "number"}
STR = {"type": "string"}
NULL = {"type": "null"}
BOOL = {"type": "boolean"}
NEVER = {**STR, "pattern": "^(?=a)b$"}
UUID4 = "123e4567-e89b-42d3-a456-426614174000"

VALUES: dict[str, tuple[str, Any, Any]] = {
    # strings
    "string_is_the_text": ("hello", STR, "hello"),
    "no_rule_is_a_string": ("hello", {}, "hello"),
    "true_is_a_string": ("hello", True, "hello"),
    "empty_text": ("", STR, ""),
    "string_is_cut": ("hello", {**STR, "maxLength": 3}, "hel"),
    "string_is_repeated": ("ab", {**STR, "minLength": 5}, "ababa"),
    "empty_text_is_padded_with_x": ("", {**STR, "minLength": 3}, "xxx"),
    "sizes_written_as_floats": (
        "abcd",
        {
            "type": "array",
            "items": {**STR, "maxLength": 3.0},
            "contains": True,
            "maxItems": 2.0,
            "minItems": 2.0,
        },
        ["abc", "abc"],
    ),
    "pattern_matched_by_the_text": ("LAX", {**STR, "pattern": "^[A-Z]{3}$"}, "LAX"),
    "pattern_searches": ("fly to LAX", {**STR, "pattern": "LAX"}, "fly to LAX"),
    "pattern_matched_by_a_word": ("fly to LAX!", {**STR, "pattern": "^[A-Z]{3}$"}, "LAX"),
    "pattern_matched_by_a_word_in_brackets": (
        "see (a-b).",
        {**STR, "pattern": "^[a-z]-[a-z]$"},
        "a-b",
    ),
    "pattern_matched_by_a_part": ("x-42y", {**STR, "pattern": "[0-9]+", "maxLength": 2}, "42"),
    "pattern_matched_by_a_repeated_word": (
        "go on",
        {**STR, "pattern": "^[a-z]+$", "minLength": 4},
        "gogo",
    ),
    "two_patterns": ("a1 b2", {"allOf": [{**STR, "pattern": "^b"}, {"pattern": "2$"}]}, "b2"),
    # numbers
    "integers_in_order": ("add 3 and -4", obj(a=INT, b=INT, c=INT), {"a": 3, "b": -4, "c": 0}),
    "number": ("pay 2.50 now", NUM, 2.5),
    "number_with_exponent": ("2e3", NUM, 2000),
    "integer_of_a_fraction": ("2.9", INT, 2),
    "signs_are_no_operators": ("5-3+2", {"type": "array", "items": INT, "minItems": 3}, [5, 3, 2]),
    "dates_and_ids_are_no_numbers": (f"2024-01-02 10:30 1.2.3.4 {UUID4} 7", INT, 7),
    "digits_of_other_scripts_are_no_numbers": ("\u0663 4", INT, 4),
    "no_part_of_a_word": ("abc123 v2 4km", INT, 4),
    "minimum": ("3", {**INT, "minimum": 5}, 5),
    "maximum": ("9", {**INT, "maximum": 5}, 5),
    "exclusive_minimum": ("3", {**INT, "exclusiveMinimum": 5}, 6),
    "exclusive_maximum": ("9", {**INT, "exclusiveMaximum": 5}, 4),
    "exclusive_minimum_of_a_number": ("3", {**NUM, "exclusiveMinimum": 5}, 6),
    "exclusive_maximum_of_a_number": ("9", {**NUM, "exclusiveMaximum": 5}, 4),
    "between_exclusive_bounds": (
        "9",
        {**NUM, "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        0.5,
    ),
    "between_exclusive_bounds_from_below": (
        "-9",
        {**NUM, "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        0.5,
    ),
    "between_narrow_exclusive_bounds": (
        "9",
        {**NUM, "exclusiveMinimum": 0, "exclusiveMaximum": 0.25},
        0.125,
    ),
    "nearest_bound_above": ("9", {**INT, "minimum": 1, "maximum": 5}, 5),
    "nearest_bound_below": ("-9", {**INT, "minimum": 1, "maximum": 5}, 1),
    "integer_near_one_that_is_forbidden": ("10", {**INT, "not": {"enum": [10, 9, 11]}}, 8),
    "number_near_none_that_is_forbidden": ("5", {**NUM, "not": {"const": 5}}, 0),
    "multiple_of": ("13", {**INT, "multipleOf": 5}, 10),
    "multiple_of_within_bounds": ("3", {**INT, "multipleOf": 5, "exclusiveMinimum": 5}, 10),
    "multiple_of_two": ("20", {"allOf": [{**INT, "multipleOf": 4}, {"multipleOf": 6}]}, 12),
    "multiple_of_a_fraction": ("7", {**NUM, "multipleOf": 0.5, "maximum": 2.2}, 2),
    "multiple_that_floats_deny": ("19.99", {**NUM, "multipleOf": 0.01}, 19.98),
    "integer_multiple_of_a_half": ("7", {**INT, "multipleOf": 1.5}, 6),
    "number_beyond_floats_is_skipped": (f"1e400 {'9' * 5000} 4", NUM, 4),
    "big_integer": ("9" * 60, INT, int("9" * 60)),
    "big_negative_integer": ("-" + "9" * 60, INT, -int("9" * 60)),
    "number_near_zero": ("1e-300000", NUM, 0),
    "big_bound": ("1", {**INT, "minimum": 10**400}, 10**400),
    "number_and_integer": ("2.5", {"allOf": [NUM, INT]}, 2),
    # boolean, null, enum, const
    "boolean_true": ("True, I think", BOOL, True),
    "boolean_yes": ("yes or no", BOOL, True),
    "boolean_no": ("no or yes", BOOL, False),
    "boolean_default": ("untrue", BOOL, False),
    "null": ("hello", NULL, None),
    "enum_first": ("hello", {"enum": ["red", "green"]}, "red"),
    "enum_named_first": ("make it green, not red", {"enum": ["red", "green"]}, "green"),
    "enum_longest_name": ("red wine", {"enum": ["red", "red wine"]}, "red wine"),
    "one_of_fixed_values": (
        "clock",
        {"anyOf": [{"const": "weather"}, {"const": "clock"}]},
        "clock",
    ),
    "fixed_values_longest_name": (
        "red wine",
        {"oneOf": [{"const": "red"}, {"enum": ["tea", "red wine"]}]},
        "red wine",
    ),
    "fixed_values_unnamed": ("tea", {"anyOf": [{"const": "b"}, {"const": "a"}]}, "b"),
    "a_fixed_value_or_text": ("clock", {"anyOf": [STR, {"const": "clock"}]}, "clock"),
    "text_before_a_fixed_value": ("a clock", {"anyOf": [STR, {"const": "clock"}]}, "a clock"),
    "fixed_values_or_any": ("clock", {"anyOf": [{"const": 7}, True]}, 7),
    "enum_in_any_case": ("make it green", {"enum": ["RED", "GREEN"]}, "GREEN"),
    "enum_whole_word": ("greenish", {"enum": ["red", "green"]}, "red"),
    "enum_of_numbers": ("take 2", {"enum": [1, 2, None]}, 2),
    "enum_of_many_members_of_another_type": ("x", {"enum": [*range(99), "a"], **STR}, "a"),
    "enum_and_type": ("x", {"enum": [1, "a"], **STR}, "a"),
    "enum_and_enum": ("x", {"allOf": [{"enum": [1, 2]}, {"enum": [2, 3]}]}, 2),
    "empty_member_is_never_named": ("! green", {"enum": ["red", ""]}, "red"),
    "empty_member": ("x", {"enum": [""]}, ""),
    "const": ("hello", {"const": {"a": [1]}}, {"a": [1]}),
    "const_that_reads_like_a_schema": ("x", {"const": {"title": "a"}}, {"title": "a"}),
    "enum_that_reads_like_schemas": ("x", {"enum": [{"title": "a"}]}, {"title": "a"}),
    "one_is_not_true": ("hello", {"enum": [True, 1], **INT}, 1),
    "type_list": ("hello", {"type": ["null", "string"]}, None),
    # formats
    "date": ("on 2024-02-30 or 2024-02-29.", text_of("date"), "2024-02-29"),
    "date_behind_many_that_are_none": (
        "2024-02-30 " * 60 + "2024-02-29",
        text_of("date"),
        "2024-02-29",
    ),
    "date_of_a_time": ("2026-11-20T10:30:00Z", text_of("date"), "2026-11-20"),
    "date_in_a_word": ("2026-11-20Tea", text_of("date"), "2000-01-01"),
    "date_fixed": ("hello", text_of("date"), "2000-01-01"),
    "time": ("at 10:30:00Z", text_of("time"), "10:30:00Z"),
    "time_without_offset": ("at 10:30:00", text_of("time"), "10:30:00Z"),
    "time_fixed": ("at 10:30", text_of("time"), "00:00:01Z"),
    "date_time": (
        "2024-05-01T10:00:00.5+02:00",
        text_of("date-time"),
        "2024-05-01T10:00:00.5+02:00",
    ),
    "date_time_as_printed": (
        "2026-11-20 10:30:00.5",
        text_of("date-time"),
        "2026-11-20T10:30:00.5Z",
    ),
    "date_time_fixed": ("", text_of("date-time"), "2000-01-01T00:00:01Z"),
    "duration": ("wait P1DT2H now", text_of("duration"), "P1DT2H"),
    "duration_fixed": ("P", text_of("duration"), "PT1S"),
    "uuid": (f"id {UUID4}.", text_of("uuid"), UUID4),
    "uuid4": (f"id {UUID4}.", text_of("uuid4"), UUID4),
    "uuid1_is_no_uuid4": (UUID4, text_of("uuid1"), "00000000-0000-1000-8000-000000000001"),
    "email": ("write to a.b@example.org.", text_of("email"), "a.b@example.org"),
    "email_with_apostrophe": ("o'brien@x.org", text_of("email"), "o'brien@x.org"),
    "email_in_quotes": ("'bob@x.org'", text_of("email"), "bob@x.org"),
    "email_fixed": ("a@b", text_of("email"), "echo1@example.com"),
    "name_email": ("Bo <bo@example.org>", text_of("name-email"), "bo@example.org"),
    "hostname": ("see docs.example.org", text_of("hostname"), "docs.example.org"),
    "uri": ("(https://example.org/a?b=1).", text_of("uri"), "https://example.org/a?b=1"),
    "uri_with_port": ("http://localhost:18000/x", text_of("uri"), "http://localhost:18000/x"),
    "uri_with_user": ("https://me:pw@host/x", text_of("uri"), "https://me:pw@host/x"),
    "uri_with_brackets": ("(http://x.org/A_(b))", text_of("uri"), "http://x.org/A_(b)"),
    "uri_is_never_cut": (
        "http://h:99999/ http://h:123456 http://a@b@c",
        text_of("uri"),
        "https://example.com/1",
    ),
    "uri_fixed": ("hello", text_of("uri"), "https://example.com/1"),
    "multi_host_uri_with_user": (
        "postgresql://u:p@h:5432/db",
        text_of("multi-host-uri"),
        "postgresql://u:p@h:5432/db",
    ),
    "multi_host_uri": ("hello", text_of("multi-host-uri"), "postgresql://localhost/echo1"),
    "ipv4": ("ping 10.0.0.256 10.0.0.1", text_of("ipv4"), "10.0.0.1"),
    "ipv6": ("ping 10:30 fe80::1", text_of("ipv6"), "fe80::1"),
    "ipvanyaddress": ("ping fe80::1", text_of("ipvanyaddress"), "fe80::1"),
    "ipvanyaddress_that_only_looks_like_one": ("10.0.0.256", text_of("ipvanyaddress"), "192.0.2.1"),
    "ipv4network": ("10.0.0.1/8 10.0.0.0/8", text_of("ipv4network"), "10.0.0.0/8"),
    "ipv6interface": ("", text_of("ipv6interface"), "2001:db8::1/64"),
    "base64_is_the_text_encoded": ("hi there", text_of("base64"), "aGkgdGhlcmU="),
    "base64url_is_the_text_encoded": ("??>", text_of("base64url"), "Pz8-"),
    "color": ("use #FFCC00", text_of("color"), "#FFCC00"),
    "regex": ("find ^a+$", text_of("regex"), "^a+$"),
    "regex_fixed": ("find ^(+$", text_of("regex"), ".{1,1}"),
    "binary_is_the_text": ("hello", text_of("binary"), "hello"),
    "password_is_the_text": ("hello", text_of("password"), "hello"),
    "path_is_the_text": ("a/b", text_of("file-path"), "a/b"),
    "format_that_fits_the_length": (
        "a@example.org bob@example.org",
        text_of("email", minLength=15),
        "bob@example.org",
    ),
    "json_media": (
        "count 3",
        {**STR, "contentMediaType": "application/json", "contentSchema": obj(n=INT)},
        '{"n": 3}',
    ),
    "json_media_of_any_schema": ("hi", {**STR, "contentMediaType": "application/json"}, '"hi"'),
    # objects
    "required_only": (
        "x",
        {"type": "object", "properties": {"a": STR, "b": STR}, "required": ["b"]},
        {"b": "x"},
    ),
    "no_required": ("x", {"type": "object", "properties": {"a": STR}}, {}),
    "order_of_properties": (
        "1 2",
        {"type": "object", "properties": {"a": INT, "b": INT}, "required": ["b", "a"]},
        {"a": 1, "b": 2},
    ),
    "object_without_type": ("x", {"properties": {"a": STR}, "required": ["a"]}, {"a": "x"}),
    "properties_hint_at_an_object": ("x", {"properties": {"a": STR}}, {}),
    "required_hints_at_an_object": ("x", {"required": ["a"]}, {"a": "x"}),
    "items_hint_at_an_array": ("x", {"items": INT}, [0]),
    "prefix_items_hint_at_an_array": ("x", {"prefixItems": [INT]}, [0]),
    "additional_required": (
        "4",
        {"type": "object", "required": ["a"], "additionalProperties": INT},
        {"a": 4},
    ),
    "pattern_properties": (
        "4",
        {"type": "object", "required": ["n_a"], "patternProperties": {"^n_": INT}},
        {"n_a": 4},
    ),
    "pattern_properties_of_other_names": (
        "4",
        {"type": "object", "required": ["b"], "patternProperties": {"^n_": INT}},
        {"b": "4"},
    ),
    "pattern_properties_beside_properties": (
        "4",
        {**obj(n_a=INT), "patternProperties": {"^n_": {"minimum": 5}}},
        {"n_a": 5},
    ),
    "min_properties_keep_their_schemas": (
        "7",
        {"type": "object", "properties": {"a": INT}, "minProperties": 1},
        {"a": 7},
    ),
    "property_named_as_a_keyword": ("3", obj(title=INT), {"title": 3}),
    "pattern_properties_named_as_a_keyword": (
        "3",
        {"type": "object", "required": ["title"], "patternProperties": {"title": INT}},
        {"title": 3},
    ),
    "definition_named_as_a_keyword": (
        "3",
        {"$ref": "#/$defs/title", "$defs": {"title": INT}},
        3,
    ),
    "definition_of_draft7_named_as_a_keyword": (
        "3",
        {"$ref": "#/definitions/title", "definitions": {"title": INT}},
        3,
    ),
    "min_properties_takes_declared": (
        "x",
        {"type": "object", "properties": {"a": STR, "b": STR, "c": STR}, "minProperties": 2},
        {"a": "x", "b": "x"},
    ),
    "min_properties_invents": (
        "ab cd",
        {"type": "object", "additionalProperties": INT, "minProperties": 2},
        {"ab cd": 0, "ab": 0},
    ),
    "min_properties_with_names": (
        "x",
        {"type": "object", "propertyNames": {"enum": ["k", "l"]}, "minProperties": 2},
        {"k": "x", "l": "x"},
    ),
    "min_properties_with_patterns": (
        "set n_1",
        {
            "type": "object",
            "patternProperties": {"n_[0-9]": BOOL},
            "additionalProperties": False,
            "minProperties": 1,
        },
        {"n_1": False},
    ),
    "dependent_required": (
        "x",
        {"type": "object", "required": ["a"], "dependentRequired": {"a": ["b"], "b": ["c"]}},
        {"a": "x", "b": "x", "c": "x"},
    ),
    # arrays
    "one_item": ("hello", {"type": "array", "items": STR}, ["hello"]),
    "min_items": ("1 2", {"type": "array", "items": INT, "minItems": 3}, [1, 2, 0]),
    "max_items_zero": ("1 2", {"type": "array", "items": INT, "maxItems": 0}, []),
    "none_where_no_item_can_be": ("x", {"type": "array", "items": False}, []),
    "prefix_items": (
        "7",
        {"type": "array", "prefixItems": [STR, INT], "items": False, "minItems": 2},
        ["7", 7],
    ),
    "all_prefix_items": ("7", {"type": "array", "prefixItems": [STR, INT]}, ["7", 7]),
    "last_item_of_many": (
        "x",
        {"type": "array", "items": BOOL, "minItems": 60, "not": {"items": {"const": False}}},
        [*[False] * 59, True],
    ),
    "last_item_has_its_own_values": (
        "x",
        {
            "type": "array",
            "prefixItems": [{"enum": [5, 7]}, INT],
            "minItems": 2,
            "not": {"const": [5, 0]},
        },
        [5, 1],
    ),
    "draft7_tuple": (
        "7",
        {"type": "array", "items": [STR, INT], "additionalItems": BOOL, "minItems": 3},
        ["7", 7, False],
    ),
    "draft7_tuple_in_an_array": (
        "7",
        {"type": "array", "items": {"type": "array", "items": [INT, BOOL]}},
        [[7, False]],
    ),
    "draft7_tuple_and_anything": ("7", {"type": "array", "items": [INT], "minItems": 2}, [7, "7"]),
    "unique_integers": (
        "1 1 2",
        {"type": "array", "items": INT, "minItems": 4, "uniqueItems": True},
        [1, 2, 0, -1],
    ),
    "unique_strings": (
        "ab cd",
        {"type": "array", "items": STR, "minItems": 4, "uniqueItems": True},
        ["ab cd", "ab", "cd", "ab cd2"],
    ),
    "unique_strings_of_one_character": (
        "ab",
        {"type": "array", "items": {**STR, "maxLength": 1}, "minItems": 3, "uniqueItems": True},
        ["a", "2", "3"],
    ),
    "unique_dates": (
        "hello",
        {"type": "array", "items": text_of("date"), "minItems": 2, "uniqueItems": True},
        ["2000-01-01", "2000-01-02"],
    ),
    "unique_arrays": (
        "hello",
        {
            "type": "array",
            "items": {"type": "array", "items": BOOL},
            "minItems": 3,
            "uniqueItems": True,
        },
        [[False], [], [True]],
    ),
    "unique_objects": (
        "hello",
        {"type": "array", "items": obj(a=BOOL), "minItems": 2, "uniqueItems": True},
        [{"a": False}, {"a": True}],
    ),
    "max_contains": (
        "x",
        {"type": "array", "items": NUM, "contains": INT, "minItems": 2, "maxContains": 2},
        [0, 0],
    ),
    # references and combinations
    "ref": ("3", {"$ref": "#/$defs/a~1b/items", "$defs": {"a/b": {"items": INT}}}, 3),
    "ref_with_a_tilde": ("3", {"$ref": "#/$defs/a~0b", "$defs": {"a~b": INT}}, 3),
    "ref_into_a_list": (
        "3 4",
        {
            "type": "array",
            "prefixItems": [INT],
            "items": {"$ref": "#/prefixItems/0"},
            "minItems": 2,
        },
        [3, 4],
    ),
    "ref_beside_rules": (
        "3",
        {"$ref": "#/definitions/N", "minimum": 5, "definitions": {"N": INT}},
        5,
    ),
    "recursive_ends_at_null": (
        "3",
        {
            "$ref": "#/$defs/N",
            "$defs": {"N": obj(v=INT, next={"anyOf": [{"$ref": "#/$defs/N"}, NULL]})},
        },
        {"v": 3, "next": None},
    ),
    "recursive_ends_at_an_empty_list": (
        "3",
        {
            "$ref": "#/$defs/N",
            "$defs": {"N": obj(kids={"type": "array", "items": {"$ref": "#/$defs/N"}})},
        },
        {"kids": []},
    ),
    "all_of": ("3", {"allOf": [obj(a=INT), obj(b=STR)]}, {"a": 3, "b": "3"}),
    "any_of_first": ("3", {"anyOf": [INT, STR]}, 3),
    "any_of_first_that_can": ("x", {"anyOf": [NEVER, INT]}, 0),
    "numbers_of_a_failed_branch_are_free": (
        "8",
        {"anyOf": [obj(a=INT, b=NEVER), obj(c=INT)]},
        {"c": 8},
    ),
    "two_any_of": (
        "x",
        {"type": "object", "allOf": [{"anyOf": [obj(a=INT)]}, {"anyOf": [obj(a=STR), obj(b=STR)]}]},
        {"a": 0, "b": "x"},
    ),
    "one_of_exactly_one": ("3", {"oneOf": [INT, NUM]}, 0.5),
    "one_of_discriminated": (
        "Tom 3",
        {
            "oneOf": [obj(kind={"const": "cat"}, name=STR), obj(kind={"const": "dog"}, age=INT)],
            "discriminator": {"propertyName": "kind"},
        },
        {"kind": "cat", "name": "Tom 3"},
    ),
    "not_a_value": ("hello", {**STR, "not": {"const": "hello"}}, "hello2"),
    "not_a_type": ("hello", {"not": STR}, {}),
    "not_one_property": ("7", {**obj(a=INT), "not": {"properties": {"a": {"const": 7}}}}, {"a": 0}),
    "not_an_empty_name": (
        "x",
        {"type": "array", "items": BOOL, "not": {"contains": {"const": False}}},
        [],
    ),
    "not_required": ("x", {**obj(a=STR), "not": {"required": ["b"]}}, {"a": "x"}),
    "not_dependent": ("x", {**obj(a=STR), "not": {"dependentRequired": {"a": ["b"]}}}, {"a": "x"}),
    "multiple_that_validators_agree_on": ("0.7", {**NUM, "multipleOf": 0.1}, 0.8),
    "not_what_then_forbids": ("x", {"enum": [1, 2], "if": {"const": 1}, "then": False}, 2),
    "unique_from_a_minimum_up": (
        "x",
        {"type": "array", "items": {**NUM, "minimum": 0}, "minItems": 3, "uniqueItems": True},
        [0, 0.5, 1],
    ),
    "unique_from_a_maximum_down": (
        "x",
        {"type": "array", "items": {**NUM, "maximum": 0}, "minItems": 3, "uniqueItems": True},
        [0, -0.5, -1],
    ),
    "unique_between_narrow_bounds": (
        "x",
        {
            "type": "array",
            "items": {**NUM, "minimum": 0, "maximum": 0.25},
            "minItems": 2,
            "uniqueItems": True,
        },
        [0, 0.25],
    ),
    "not_unique": (
        "x",
        {"type": "array", "items": INT, "minItems": 2, "not": {"uniqueItems": True}},
        [0, 0],
    ),
    "one_float_between": (
        "x",
        {**NUM, "exclusiveMinimum": 0.1, "maximum": 0.3, "multipleOf": 0.1},
        0.2,
    ),
    "decimal_of_pydantic_2_12": (
        "pay 2.5",
        {"anyOf": [NUM, {**STR, "pattern": r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$"}]},
        2.5,
    ),
    "byte_size": (
        "10MB",
        {"anyOf": [{**STR, "pattern": r"^\s*(\d*\.?\d+)\s*(\w+)?"}, {**INT, "minimum": 0}]},
        "10MB",
    ),
    "pattern_smallest_match": ("hello", {**STR, "pattern": r"^\d{3}-[A-Z]{2,}$"}, "000-AA"),
    "pattern_of_a_length": (
        "-",
        {**STR, "pattern": "^([a-z]|[0-9]{2})+$", "minLength": 5},
        "aaaaa",
    ),
    "pattern_of_a_great_length": (
        "-",
        {**STR, "pattern": "^a+-$", "minLength": 150},
        "a" * 151 + "-",
    ),
    "pattern_behind_one_without_repetitions": (
        "-",
        {"allOf": [{**STR, "pattern": "^[a-c]$"}, {"pattern": "c"}]},
        "c",
    ),
    "pattern_of_alternatives": ("-", {**STR, "pattern": "^(?:[a-c]{3}|[0-9])$"}, "0"),
    "pattern_that_looks_ahead": ("-", {**STR, "pattern": "^(?=[a-c])[a-c][0-9]$"}, "a0"),
    "pattern_that_looks_ahead_for_none": ("-", {**STR, "pattern": "^(?!z)[a-c][0-9]$"}, "a0"),
    "pattern_of_any_number": ("-", {**STR, "pattern": "^[a-c]*[0-9]$"}, "0"),
    "pattern_of_one_or_none": ("-", {**STR, "pattern": "^[a-c]?[0-9]$"}, "0"),
    "pattern_of_any_number_and_a_length": (
        "-",
        {**STR, "pattern": "^[a-c]*[0-9]?-$", "minLength": 3},
        "aa-",
    ),
    "pattern_of_a_bounded_repetition": (
        "-",
        {**STR, "pattern": "^[0-9]{2,3}[a-c]+$", "minLength": 6, "maxLength": 6},
        "000aaa",
    ),
    "pattern_of_an_exact_repetition": (
        "-",
        {**STR, "pattern": "^[0-9]{2}[a-c]+$", "minLength": 5, "maxLength": 5},
        "00aaa",
    ),
    "pattern_of_two_lines": ("x", {**STR, "pattern": "^[a-c]\n[0-9]$"}, "a\n0"),
    "pattern_of_a_whole_text": ("x", {**STR, "pattern": r"\A[0-9]a\z"}, "0a"),
    "pattern_of_word_boundaries": ("-", {**STR, "pattern": r"^\b[a-c]\B[0-9]\b$"}, "a0"),
    "pattern_of_odd_characters": ("hello", {**STR, "pattern": r"^\u00e9[^\w\s-]\p{Lu}$"}, "é!A"),
    "pattern_of_a_repeated_match": ("hello", {**STR, "pattern": "[0-9]", "minLength": 3}, "000"),
    "pattern_names": (
        "x",
        {
            "type": "object",
            "patternProperties": {"^k[0-9]$": INT},
            "additionalProperties": False,
            "minProperties": 1,
        },
        {"k0": 0},
    ),
    "property_names_of_no_property": (
        "x",
        {"type": "object", "propertyNames": {"pattern": "^(?=a)b$"}},
        {},
    ),
    "ref_beside_all_keywords": ("3", {"$ref": "#/shared/n", "shared": {"n": INT}}, 3),
    "dependencies_of_draft7": (
        "x",
        {"type": "object", "required": ["a"], "dependencies": {"a": ["b"]}},
        {"a": "x", "b": "x"},
    ),
    "what_the_schema_forbids_only_elsewhere": (
        "3",
        {
            **obj(a=INT),
            "if": {"required": ["b"]},
            "then": False,
            "dependentSchemas": {"c": False},
        },
        {"a": 3},
    ),
    "contains_what_is_made_anyway": (
        "3",
        {"type": "array", "items": INT, "contains": {"minimum": 2}},
        [3],
    ),
    "ref_that_asks_for_nothing": ("x", {"$ref": "#"}, "x"),
    "anchor_that_is_not_needed": ("3", {**INT, "$anchor": "n"}, 3),
    "pattern_of_one_length": (
        "-",
        {**STR, "pattern": "^[0-9]+-[0-9]+$", "minLength": 8, "maxLength": 8},
        "000-0000",
    ),
    "pattern_of_a_literal_brace": ("-", {**STR, "pattern": r"^\{a|b{2}\}$"}, "{a"),
    "unevaluated": ("3", {**obj(a=INT), "unevaluatedProperties": False}, {"a": 3}),
    "lone_surrogate_is_replaced": ("a\ud800b", STR, "a\ufffdb"),
    "empty_draft7_tuple": ("x", {"type": "array", "items": [], "additionalItems": INT}, [0]),
    "farthest_step": ("x", {**INT, "minimum": 0, "not": {"maximum": 998}}, 999),
    "number_of_300_digits": ("9" * 300, INT, int("9" * 300)),
    "number_of_301_digits_is_skipped": (f"{'9' * 301} 4", INT, 4),
    "longest_pattern": ("x", {**STR, "pattern": "^" + "z" * 998 + "$"}, "z" * 998),
    "longest_repetition": ("x", {**STR, "pattern": "^(?:[b-c]{500}){2}$"}, "b" * 1_000),
    "most_repetitions": (
        "x",
        {**STR, "pattern": "^a+-$", "minLength": 101, "maxLength": 101},
        "a" * 100 + "-",
    ),
    "most_steps": ("x", {"allOf": [True] * 49_999}, "x"),
    "annotations_are_not_read": ("x", {**STR, "default": float("inf"), "title": 5}, "x"),
    "default_that_reads_like_a_schema": (
        "x",
        {"$ref": "#/$defs/a", "$defs": {"a": {**STR, "default": {"$id": "a"}}}},
        "x",
    ),
    "pattern_that_takes_too_many_steps": (
        "a" * 40 + "! a!",
        {**STR, "pattern": r"^(?:(a+)(a+)(a+)(a+)\1\2b|a+!)"},
        "a!",
    ),
    "malformed_annotations": (
        "x",
        {**STR, "$schema": 5, "description": 5, "examples": 5},
        "x",
    ),
}


@pytest.mark.parametrize(("text", "schema", "expected"), VALUES.values(), ids=VALUES)
def test_text_is_cast(text: str, schema: Any, expected: Any) -> None:
    value = echo_value(text, schema)
    assert json.dumps(value) == json.dumps(expected)  # not ==: 1 is not true here


FOUND: dict[str, str] = {
    "uuid1": "123e4567-e89b-12d3-a456-426614174000",
    "uuid2": "123e4567-e89b-22d3-8456-426614174000",
    "uuid3": "123e4567-e89b-32d3-9456-426614174000",
    "uuid4": "123e4567-e89b-42d3-A456-426614174000",
    "uuid5": "123e4567-e89b-52d3-B456-426614174000",
    "uuid6": "123e4567-e89b-62d3-b456-426614174000",
    "uuid7": "123e4567-e89b-72d3-a456-426614174000",
    "uuid8": "123e4567-e89b-82d3-a456-426614174000",
    "name-email": "bo@example.org",
    "multi-host-uri": "mysql://u:p@h:5432/db",
    "ipvanyaddress": "10.0.0.1",
    "ipv4network": "10.0.0.0/8",
    "ipv6network": "fe80::/10",
    "ipvanynetwork": "fe80::/10",
    "ipv4interface": "10.0.0.1/8",
    "ipv6interface": "fe80::1/10",
    "ipvanyinterface": "fe80::1/10",
    "color": "#fC0",
    "fraction": "-12/40",
    "zoneinfo": "UTC",
    "relative-json-pointer": "0/a_1/b",
    "date": "2024-05-01",
    "time": "10:30:00.25+02:00",
    "date-time": "2024-05-01T10:30:00-08:00",
    "duration": "P1Y2M3DT4H5M6S",
    "uuid": "123e4567-e89b-a2d3-0456-426614174000",
    "email": "bo@example.org",
    "idn-email": "bo@example.org",
    "hostname": "docs.example.org",
    "idn-hostname": "docs.example.org",
    "uri": "ftp://example.org:21/a%20b?c=d#e",
    "iri": "ftp://example.org:21/a%20b?c=d#e",
    "ipv4": "10.0.0.1",
    "ipv6": "fe80::1",
    "json-pointer": "/a_1/b",
    "regex": "^a+$",
}


@pytest.mark.parametrize(("kind", "value"), FOUND.items(), ids=FOUND)
def test_value_of_a_format_is_found_in_a_text(kind: str, value: str) -> None:
    assert echo_value(f"or {value}, or", text_of(kind)) == value


FIXED: dict[str, list[str]] = {
    **{f"uuid{v}": [f"00000000-0000-{v}000-8000-{i:012}" for i in (1, 2)] for v in range(1, 9)},
    "name-email": ["echo1@example.com", "echo2@example.com"],
    "multi-host-uri": ["postgresql://localhost/echo1", "postgresql://localhost/echo2"],
    "ipvanyaddress": ["192.0.2.1", "192.0.2.2"],
    "ipv4network": ["192.0.1.0/24", "192.0.2.0/24"],
    "ipv6network": ["2001:db8:1::/48", "2001:db8:2::/48"],
    "ipvanynetwork": ["192.0.1.0/24", "192.0.2.0/24"],
    "ipv4interface": ["192.0.2.1/24", "192.0.2.2/24"],
    "ipv6interface": ["2001:db8::1/64", "2001:db8::2/64"],
    "ipvanyinterface": ["192.0.2.1/24", "192.0.2.2/24"],
    "base64": ["aGVsbG8="],
    "base64url": ["aGVsbG8="],
    "color": ["#000001", "#000002"],
    "fraction": ["1/1", "2/1"],
    "zoneinfo": ["UTC"],
    "relative-json-pointer": ["1/echo", "2/echo"],
    "date": ["2000-01-01", "2000-01-02"],
    "time": ["00:00:01Z", "00:00:02Z"],
    "date-time": ["2000-01-01T00:00:01Z", "2000-01-01T00:00:02Z"],
    "duration": ["PT1S", "PT2S"],
    "uuid": ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"],
    "email": ["echo1@example.com", "echo2@example.com"],
    "idn-email": ["echo1@example.com", "echo2@example.com"],
    "hostname": ["echo1.example.com", "echo2.example.com"],
    "idn-hostname": ["echo1.example.com", "echo2.example.com"],
    "uri": ["https://example.com/1", "https://example.com/2"],
    "iri": ["https://example.com/1", "https://example.com/2"],
    "ipv4": ["192.0.2.1", "192.0.2.2"],
    "ipv6": ["2001:db8::1", "2001:db8::2"],
    "json-pointer": ["/1", "/2"],
    "regex": [".{1,1}", ".{1,2}"],
    "uuid0": ["hello"],
    "uuid9": ["hello"],
}


@pytest.mark.parametrize(("kind", "values"), FIXED.items(), ids=FIXED)
def test_text_without_a_value_of_a_format_gives_fixed_ones(kind: str, values: list[str]) -> None:
    unique = {"type": "array", "items": text_of(kind), "uniqueItems": True, "minItems": len(values)}
    assert echo_value("hello", unique) == values


ONLY_ALIKE: dict[str, tuple[str, str]] = {
    "uuid6": (UUID4, "123e4567-e89b-62d3-a456-426614174000"),
    "name-email": ("bo@", "bo@example.org"),
    "multi-host-uri": ("https://example.org/", "amqp://example.org/"),
    "ipvanyaddress": ("10.0.0.256", "::1"),
    "ipv4network": ("10.0.0.1/8", "10.0.0.0/8"),
    "ipv6network": ("fe80::1/10", "fe80::/10"),
    "ipvanynetwork": ("10.0.0.1/8", "10.0.0.0/8"),
    "ipv4interface": ("10.0.0.1/33", "10.0.0.1/32"),
    "ipv6interface": ("::1/129", "::1/128"),
    "ipvanyinterface": ("10.0.0.1/33", "10.0.0.1/32"),
    "base64": ("Pz8-", "Pz8+"),
    "base64url": ("Pz8+", "Pz8-"),
    "base64 of a wrong length": ("Pz8aa", "Pz8="),
    "base64url of a wrong length": ("Pz8aa", "Pz8="),
    "color": ("#ffff", "#ffffff"),
    "fraction": ("1/0", "1/2"),
    "zoneinfo": ("Mars", "UTC"),
    "relative-json-pointer": ("a/b", "0/b"),
}


@pytest.mark.parametrize(("kind", "values"), ONLY_ALIKE.items(), ids=ONLY_ALIKE)
def test_what_only_looks_like_a_format_is_refused(kind: str, values: tuple[str, str]) -> None:
    schema = {"enum": [*values], "format": kind.partition(" ")[0]}
    assert echo_value("hello", schema) == values[1]


@pytest.mark.parametrize(("text", "schema"), [case[:2] for case in VALUES.values()], ids=VALUES)
def test_schema_is_unchanged_and_shares_nothing(text: str, schema: Any) -> None:
    before = repr(schema)
    first = echo_value(text, schema)
    again = echo_value(text, schema)
    assert repr(schema) == before
    assert json.dumps(first) == json.dumps(again)
    assert not isinstance(first, (dict, list)) or first is not again


def nested(levels: int, wrap: Any) -> Any:
    schema: Any = STR
    for _ in range(levels):
        schema = wrap(schema)
    return schema


def chain(levels: int, link: Any) -> dict[str, Any]:
    """Return a schema whose definitions lead to the next by `link`, the last to no match."""
    defs = {f"d{i}": link({"$ref": f"#/$defs/d{i + 1}"}) for i in range(levels)}
    defs[f"d{levels}"] = NEVER
    return {"$ref": "#/$defs/d0", "$defs": defs}


ENDLESS = obj(n={"$ref": "#/definitions/N"})
REFUSED: dict[str, tuple[Any, str, str]] = {
    "pattern": (obj(city=NEVER), "city", "pattern"),
    "nested_path": (
        obj(a={"type": "array", "items": obj(b=NEVER), "minItems": 1}),
        "a[0].b",
        "pattern",
    ),
    "path_of_one_letter": (obj(X=NEVER), "X", "pattern"),
    "lengths_cross": ({**STR, "minLength": 5, "maxLength": 3}, "", "minLength"),
    "bounds_cross": ({**INT, "minimum": 5, "maximum": 3}, "", "minimum"),
    "exclusive_bounds_cross": (
        {**NUM, "exclusiveMinimum": 5, "maximum": 5},
        "",
        "exclusiveMinimum",
    ),
    "no_multiple": ({**INT, "multipleOf": 5, "minimum": 1, "maximum": 4}, "", "minimum"),
    "no_float_is_large_enough": (
        {**NUM, "minimum": 10**400 + 1, "maximum": 10**400 + 1, "multipleOf": 0.5},
        "",
        "minimum",
    ),
    "no_float_is_large_enough_for_a_step": (
        {**NUM, "minimum": 10**400, "multipleOf": 1.5},
        "",
        "minimum",
    ),
    "not_a_multiple_beyond_floats": (
        {**INT, "exclusiveMinimum": 1e308, "not": {"multipleOf": 0.5}},
        "",
        "exclusiveMinimum",
    ),
    "an_integer_beyond_floats": ({**INT, "exclusiveMinimum": 1e308}, "", "exclusiveMinimum"),
    "base64_too_long": (text_of("base64", maxLength=3), "", "maxLength"),
    "base64url_too_long": (text_of("base64url", maxLength=3), "", "maxLength"),
    "format_too_long": (obj(d=text_of("date", maxLength=3)), "d", "maxLength"),
    "false": (False, "", "false"),
    "false_property": (obj(a=False), "a", "false"),
    "closed_object": (
        {"type": "object", "required": ["a"], "additionalProperties": False},
        "a",
        "false",
    ),
    "too_many_required": ({**obj(a=STR, b=STR), "maxProperties": 1}, "", "maxProperties"),
    "property_names": ({**obj(ab=STR), "propertyNames": {"maxLength": 1}}, "", "propertyNames"),
    "no_more_names": (
        {"type": "object", "propertyNames": {"enum": ["a"]}, "minProperties": 2},
        "",
        "minProperties",
    ),
    "no_type_left": ({"allOf": [STR, INT]}, "", "type"),
    "no_member_left": ({"enum": [1, 2], **STR}, "", "type"),
    "enum_and_const": ({"allOf": [{"const": 1}, {"enum": [2]}]}, "", "enum"),
    "const_and_const": ({"allOf": [{"enum": [1]}, {"const": 2}]}, "", "const"),
    "unique_of_too_few_numbers": (
        {
            "type": "array",
            "items": {**INT, "minimum": 0, "maximum": 1},
            "uniqueItems": True,
            "minItems": 3,
        },
        "",
        "uniqueItems",
    ),
    "unique_of_too_few": (
        {"type": "array", "items": BOOL, "uniqueItems": True, "minItems": 3},
        "",
        "uniqueItems",
    ),
    "unique_of_too_few_strings": (
        {
            "type": "array",
            "items": {**STR, "not": {"enum": ["hello", "hello2"]}},
            "uniqueItems": True,
            "minItems": 1_000,
        },
        "",
        "uniqueItems",
    ),
    "items_cross": ({"type": "array", "minItems": 2, "maxItems": 1}, "", "minItems"),
    "no_room_to_contain": ({"type": "array", "maxItems": 0, "contains": INT}, "", "contains"),
    "too_many_contained": (
        {"type": "array", "items": INT, "contains": INT, "minItems": 2, "maxContains": 1},
        "",
        "contains",
    ),
    "not_anything": ({"not": {}}, "", "not"),
    "one_of_twice": ({"oneOf": [STR, STR]}, "", "oneOf"),
    "recursive_without_end": (
        {"$ref": "#/$defs/N", "$defs": {"N": obj(n={"$ref": "#/$defs/N"})}},
        "n",
        "$ref",
    ),
    **{
        f"recursive_without_end_through_{keyword}": (
            {keyword: [{"$ref": "#/definitions/N"}], "definitions": {"N": ENDLESS}},
            "n",
            "$ref",
        )
        for keyword in ("allOf", "anyOf", "oneOf")
    },
    "recursive_without_end_and_discriminated": (
        {
            "oneOf": [{"$ref": "#/definitions/N"}],
            "discriminator": {"propertyName": "n"},
            "definitions": {"N": ENDLESS},
        },
        "n",
        "$ref",
    ),
    "remote_ref": ({"properties": {"a": {"$ref": "https://example.com/schema"}}}, "", "schema"),
    "dynamic_ref_to_a_definition": (
        {**STR, "$dynamicRef": "#/$defs/a", "$defs": {"a": INT}},
        "",
        "$dynamicRef",
    ),
    "lone_surrogate": ({"const": "\ud800"}, "", "schema"),
    "no_json": ({"const": object()}, "", "schema"),
    "empty_enum": ({"enum": []}, "", "enum"),
    "look_behind": ({**STR, "pattern": "^(?<=a)b$"}, "", "pattern"),
    "flags": ({**STR, "pattern": "^(?i)z$"}, "", "pattern"),
    "long_repetition": ({**STR, "pattern": "^(?:[b-c]{600}){2}$"}, "", "pattern"),
    "long_strings": (
        {"type": "array", "minItems": 300, "items": {**STR, "minLength": 100_000}},
        "",
        "size",
    ),
    "long_pattern": ({**STR, "pattern": "^" + "z" * 2_000 + "$"}, "", "pattern"),
    "no_character_of_a_class": ({**STR, "pattern": r"^\p{Han}$"}, "", "pattern"),
    "pattern_that_is_too_long": ({**STR, "pattern": "^" + "z" * 999 + "$"}, "", "pattern"),
    "repetition_that_is_too_long": ({**STR, "pattern": "^(?:[b-c]{7}){143}$"}, "", "pattern"),
    "too_many_repetitions": (
        {**STR, "pattern": "^a+-$", "minLength": 102, "maxLength": 102},
        "",
        "pattern",
    ),
    "beyond_the_farthest_step": ({**INT, "minimum": 0, "not": {"maximum": 999}}, "", "not"),
    "too_many_steps": ({"allOf": [True] * 50_000}, "", "size"),
    "ref_to_an_anchor": (obj(n={"$ref": "#n"}) | {"$defs": {"N": {"$anchor": "n"}}}, "n", "$ref"),
    "ref_to_an_id": (
        {
            "$id": "https://example.com/a",
            **obj(n={"$ref": "b"}),
            "$defs": {"N": {"$id": "b", **INT}},
        },
        "",
        "$id",
    ),
    "not": ({**STR, "not": {"minLength": 0}}, "", "not"),
    "then": ({**obj(a=INT), "if": {}, "then": {"required": ["b"]}}, "", "then"),
    "else": ({**obj(a=INT), "if": False, "else": {"required": ["b"]}}, "", "else"),
    "contains": ({"type": "array", "items": INT, "contains": STR}, "", "contains"),
    "dependent_schemas": (
        {**obj(a=INT), "dependentSchemas": {"a": {"required": ["b"]}}},
        "",
        "dependentSchemas",
    ),
    "dependent_schemas_of_a_property_named_as_a_keyword": (
        {**obj(title=INT), "dependentSchemas": {"title": {"required": ["b"]}}},
        "",
        "dependentSchemas",
    ),
    "dependencies_of_draft7": (
        {**obj(a=INT), "dependencies": {"a": {"required": ["b"]}}},
        "",
        "dependentSchemas",
    ),
    "unevaluated_items": (
        {"type": "array", "minItems": 1, "unevaluatedItems": False},
        "",
        "unevaluatedItems",
    ),
    "unevaluated_properties": (
        {"type": "object", "required": ["a"], "unevaluatedProperties": False},
        "",
        "unevaluatedProperties",
    ),
    "dynamic_ref": (
        {**STR, "$dynamicRef": "#n", "$defs": {"N": {"$dynamicAnchor": "n", **INT}}},
        "",
        "$dynamicRef",
    ),
    "look_ahead": ({**STR, "pattern": "^(?=aB)[a-z][A-Z]$"}, "", "pattern"),
    "missing_ref": ({"$ref": "#/$defs/none"}, "", "schema"),
    "missing_index": ({"$ref": "#/allOf/7", "allOf": [True]}, "", "schema"),
    "ref_to_no_schema": ({"$ref": "#/title", "title": "x"}, "", "schema"),
    "regex_that_does_not_compile": (obj(a={"pattern": "(?<x"}), "", "schema"),
    "deep_regex": ({"pattern": "(" * 5000 + ")" * 5000}, "", "schema"),
    "property_regex": ({"patternProperties": {"[": {}}}, "", "schema"),
    "draft4_exclusive": ({**NUM, "minimum": 1, "exclusiveMinimum": True}, "", "schema"),
    "infinite_bound": ({**NUM, "maximum": float("inf")}, "", "schema"),
    "nan": ({**NUM, "multipleOf": float("nan")}, "", "schema"),
    "zero_step": ({**NUM, "multipleOf": 0}, "", "schema"),
    "bound_of_5000_digits": ({**NUM, "minimum": 10**5000}, "", "schema"),
    "unknown_type": (obj(a={"type": "text"}), "", "schema"),
    "no_types": ({"type": []}, "", "schema"),
    "junk": ("junk", "", "schema"),
    "junk_property": (obj(a=5), "", "schema"),
    "junk_properties": ({"properties": [1]}, "", "schema"),
    "junk_items": ({"items": 3}, "", "schema"),
    "junk_required": ({"required": "a"}, "", "schema"),
    "junk_dependencies": ({"dependencies": {"a": [1]}}, "", "schema"),
    "junk_any_of": ({"anyOf": []}, "", "schema"),
    "junk_size": ({"minLength": -1}, "", "schema"),
    "junk_unique": ({"uniqueItems": 1}, "", "schema"),
    "junk_enum": ({"enum": [object()]}, "", "schema"),
    "deep_const": ({"const": nested(1000, lambda s: [s])}, "", "schema"),
    "huge_min_items": ({"type": "array", "minItems": 10**9}, "", "minItems"),
    "huge_min_length": ({**STR, "minLength": 10**9}, "", "minLength"),
    "huge_min_properties": ({"type": "object", "minProperties": 10**9}, "", "minProperties"),
    "huge_min_contains": (
        {"type": "array", "contains": {}, "minContains": 10**9},
        "",
        "contains",
    ),
    "bomb": (
        {
            **chain(30, lambda ref: obj(x=ref, y=ref)),
            "$defs": {
                **{
                    f"d{i}": obj(x={"$ref": f"#/$defs/d{i + 1}"}, y={"$ref": f"#/$defs/d{i + 1}"})
                    for i in range(30)
                },
                "d30": NULL,
            },
        },
        "",
        "size",
    ),
    "doubling_search": (chain(30, lambda ref: {"anyOf": [dict(ref), dict(ref)]}), "", "pattern"),
    "deep_objects": (nested(1000, lambda s: obj(a=s)), "", "schema"),
    "deep_values": (nested(60, lambda s: obj(a=s)), "a" + ".a" * 50, "depth"),
    "deep_any_of": (nested(1000, lambda s: {"anyOf": [s, NULL]}), "", "schema"),
    "deep_choices": (nested(60, lambda s: {"anyOf": [s]}), "", "depth"),
    "deep_all_of": (nested(1000, lambda s: {"allOf": [s]}), "", "schema"),
    "deep_not": (nested(1000, lambda s: {"not": s}), "", "schema"),
    "deep_if": (nested(1000, lambda s: {"if": s, "then": True}), "", "schema"),
    "deep_refs": (chain(1000, lambda ref: ref), "", "pattern"),
}


@pytest.mark.parametrize(("schema", "path", "rule"), REFUSED.values(), ids=REFUSED)
def test_refusal_names_property_and_rule(schema: Any, path: str, rule: str) -> None:
    with pytest.raises(UnsatisfiableSchemaError) as caught:
        echo_value("hello", schema)
    assert (caught.value.path if rule != "size" else "", caught.value.rule) == (path, rule)
    assert str(caught.value).endswith("; write the answer down in `replies`")


def test_refusal_says_what_was_wrong_what_was_got_and_what_to_do() -> None:
    with pytest.raises(ValueError, match="cannot fill") as caught:
        echo_value("hello", obj(city=NEVER))
    assert str(caught.value) == (
        "cannot fill `city`: `pattern` '^(?=a)b$' is not satisfied; got 'hello'; "
        "write the answer down in `replies`"
    )
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 # our own
    assert str(copy.copy(caught.value)) == str(caught.value)


SAID: dict[str, tuple[Any, str]] = {
    "depth": (nested(60, lambda s: {"anyOf": [s]}), "the arguments: it nests more than 50 levels"),
    "steps": ({"allOf": [True] * 50_000}, "the arguments: it takes more than 50000 steps"),
    "characters": (
        {"type": "array", "minItems": 201, "items": {**STR, "minLength": 100_000}},
        "`[200]`: it takes over 20000000 characters",
    ),
    "false": (obj(a=False), "`a`: the schema allows no value here"),
    "endless": (
        {"$ref": "#/$defs/N", "$defs": {"N": obj(n={"$ref": "#/$defs/N"})}},
        "`n`: the schema nests itself without end",
    ),
    "anchor": (
        obj(n={"$ref": "#n"}) | {"$defs": {"N": {"$anchor": "n"}}},
        "`n`: `$ref` '#n' is not supported, only `#` and `#/…` are",
    ),
    "id": (
        {**obj(a={"$id": "b", **INT}), "allOf": [{"$ref": "#/properties/a"}]},
        "the arguments: `$id` inside a schema is not supported",
    ),
    "no keyword of the schema": (
        {"allOf": [STR, INT]},
        "the arguments: `type` 'string' is not satisfied; got 'hello'",
    ),
    "judged": (
        {**STR, "not": {"minLength": 0}},
        "the arguments: `not` {'minLength': 0} is not supported, only judged; got 'hello'",
    ),
    "judged of the items": (
        {"type": "array", "items": INT, "contains": STR},
        "the arguments: `contains` {'type': 'string'} is not supported, only judged; got 'hello'",
    ),
    "judged of the rest": (
        {"type": "object", "required": ["a"], "unevaluatedProperties": False},
        "the arguments: `unevaluatedProperties` False is not supported, only judged; got 'hello'",
    ),
    "judged of the names": (
        {"type": "object", "required": ["a"], "propertyNames": {"not": {"minLength": 0}}},
        "the arguments: `not` is not supported, only judged; got 'hello'",
    ),
    "no JSON": (
        {"const": object},
        "the arguments: no JSON schema: Object of type type is not JSON serializable",
    ),
    "malformed": (
        obj(a={"b": 1}, c={"type": "text"}),
        (
            "the arguments: the schema is malformed or its `$ref` leads nowhere, at "
            """`#/properties/c/type`: "text" is not valid under any of the schemas listed in the """
            "'anyOf' keyword"
        ),
    ),
}


@pytest.mark.parametrize(("schema", "problem"), SAID.values(), ids=SAID)
def test_refusal_reads(schema: Any, problem: str) -> None:
    with pytest.raises(UnsatisfiableSchemaError) as caught:
        echo_value("hello", schema)
    assert str(caught.value) == f"cannot fill {problem}; write the answer down in `replies`"


def test_only_the_wanted_types_are_made_of_the_whole() -> None:
    schema = {"anyOf": [NULL, obj(a=NULL)]}
    assert echo_value("hello", schema) is None
    assert echo_value("hello", schema, only=["object"]) == {"a": None}
    assert echo_value("hello", {}, only=["object"]) == {}
    assert echo_value("hello", {"minProperties": 1}, only=["object"]) == {"hello": "hello"}
    media = {**STR, "contentMediaType": "application/json", "contentSchema": INT}
    assert echo_value("3", obj(a=media), only=["object"]) == {"a": "3"}


def test_fifty_candidates_in_a_row_may_be_refused() -> None:
    schema = {**STR, "not": {"minLength": 4}}
    words = [f"w{index:03}" for index in range(50)]
    assert echo_value(" ".join([*words[:49], "abc"]), schema) == "abc"
    both = {"type": "array", "items": schema, "minItems": 2, "uniqueItems": True}
    assert echo_value(" ".join(["abc", *words, "abd"]), both) == ["abc", "abd"]
    with pytest.raises(UnsatisfiableSchemaError, match=r"`not` .* is not supported"):
        echo_value(" ".join([*words, "abc"]), schema)


def test_what_failed_is_not_tried_again() -> None:
    doubling = chain(17, lambda ref: {"anyOf": [dict(ref), dict(ref)]})
    schema = {"anyOf": [{"$ref": "#/$defs/d0"}, INT], "$defs": doubling["$defs"]}
    assert echo_value("hello", schema) == 0


def test_refusals_are_counted_in_a_row() -> None:
    items = {**STR, "not": {"maxLength": 2}}
    schema = {"type": "array", "uniqueItems": True, "minItems": 70, "items": items}
    text = " ".join(f"{index} w{index:03}" for index in range(10, 80))
    assert echo_value(text, schema) == [text, *(f"w{index:03}" for index in range(10, 79))]


def test_refusal_of_what_is_judged_only_says_so() -> None:
    with pytest.raises(UnsatisfiableSchemaError) as caught:
        echo_value("hello", {**STR, "not": {"minLength": 0}})
    assert str(caught.value) == (
        "cannot fill the arguments: `not` {'minLength': 0} is not supported, only judged; "
        "got 'hello'; write the answer down in `replies`"
    )


MALFORMED: dict[str, tuple[Any, str]] = {
    "keyword": (obj(a={"type": "text"}), """at `#/properties/a/type`: "text" is not valid"""),
    "pattern": (obj(a={"pattern": "(?<x"}), """at `#/properties/a/pattern`: "(?<x" is not"""),
    "ref_outside": ({"$ref": "https://example.com/s"}, "'https://example.com/s' is not present"),
    "ref_nowhere": ({"$ref": "#/$defs/none"}, "Pointer '/$defs/none' does not exist"),
    "ref_to_a_title": ({"$ref": "#/title", "title": "x"}, "Pointer '/title' does not exist"),
    "anchor": ({"$ref": "#a/b"}, "Anchor 'a/b' is invalid"),
    "dependencies": ({"dependencies": ["a"]}, """at `#/dependencies`: ["a"] is not of type"""),
    "dependent_required": (
        {"dependencies": {"a": ["b"]}, "dependentRequired": 5},
        "at `#/dependentRequired`: 5 is not of type",
    ),
}


@pytest.mark.parametrize(("schema", "problem"), MALFORMED.values(), ids=MALFORMED)
def test_refusal_of_a_malformed_schema_says_where_it_is_at_fault(schema: Any, problem: str) -> None:
    with pytest.raises(UnsatisfiableSchemaError) as caught:
        echo_value("hello", schema)
    assert "the schema is malformed or its `$ref` leads nowhere, at `#" in str(caught.value)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_refusal_of_the_whole_is_short() -> None:
    with pytest.raises(UnsatisfiableSchemaError) as caught:
        echo_value("hello" * 1000, NEVER)
    assert str(caught.value).startswith("cannot fill the arguments: ")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("keyword", "limit", "beyond", "schema"),
    [
        ("minItems", 1_000, 1_001, {"type": "array"}),
        ("minProperties", 1_000, 1_001, {"type": "object"}),
        ("minLength", 100_000, 100_003, STR),  # up to two digits tell strings apart
    ],
    ids=["items", "properties", "characters"],
)
def test_sizes_up_to_the_limit_are_filled(
    keyword: str, limit: int, beyond: int, schema: Any
) -> None:
    assert len(echo_value("hello", {**schema, keyword: limit})) == limit
    with pytest.raises(UnsatisfiableSchemaError):
        echo_value("hello", {**schema, keyword: beyond})


def test_strings_up_to_the_limit_are_made() -> None:
    strings = {"type": "array", "items": {**STR, "minLength": 100_000}}
    assert len(echo_value("hello", {**strings, "minItems": 200})) == 200
    assert len(echo_value("x" * 300_000, {**strings, "minItems": 100})) == 100  # not made
    with pytest.raises(UnsatisfiableSchemaError, match="it takes over 20000000 characters"):
        echo_value("hello", {**strings, "minItems": 201})


def test_deep_arrays_stop_where_stopping_is_allowed() -> None:
    schema = nested(100, lambda s: {"type": "array", "items": s})
    assert json.dumps(echo_value("hello", schema)) == "[" * 51 + "]" * 51


def test_the_schemas_that_were_read_last_are_kept() -> None:
    for number in range(200):
        echo_value("hello", {"const": number})
    assert search._read.cache_info().currsize == 128


def test_parts_of_the_value_are_separate_objects() -> None:
    shared = {"type": "array", "minItems": 2, "items": {"const": {"a": 1}}}
    value = echo_value("hello", shared)
    value[0]["a"] = 2
    assert value == [{"a": 2}, {"a": 1}]
    assert shared["items"] == {"const": {"a": 1}}


def test_schema_that_holds_itself_as_an_object_is_refused() -> None:
    node: dict[str, Any] = obj(kids={"type": "array"})
    node["properties"]["kids"]["items"] = node
    with pytest.raises(UnsatisfiableSchemaError, match="Circular"):
        echo_value("hello", node)


def test_works_on_a_stack_that_is_half_full() -> None:
    def called(levels: int) -> Any:
        if levels:
            return called(levels - 1)
        return echo_value(
            "hello", nested(49, lambda s: obj(a={"anyOf": [s]}) if s is STR else obj(a=s))
        )

    Draft202012Validator(nested(49, lambda s: obj(a=s))).validate(called(500))
