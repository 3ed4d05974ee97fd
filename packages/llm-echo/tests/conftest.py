"""Lets the tests in exhaustive/ import what lies here: pytest adds a conftest's directory."""
