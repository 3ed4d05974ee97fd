"""Every JSON Schema `format` with a shape: how to find it in a text, and fixed values otherwise.

A format that is not in `FORMATS` (`password`, `path`, `binary`, …) admits any string.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# All repetitions are bounded: an open one would make the search of a long text quadratic.
_HEX = "[0-9A-Fa-f]"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_OFFSET = r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
_MINUTES = r"[0-9]{1,6}M(?:[0-9]{1,6}S)?"
_HOURS = rf"T(?:[0-9]{{1,6}}H(?:{_MINUTES})?|{_MINUTES}|[0-9]{{1,6}}S)"
_MONTHS = r"[0-9]{1,6}M(?:[0-9]{1,6}D)?"
_DAYS = rf"(?:[0-9]{{1,6}}Y(?:{_MONTHS})?|{_MONTHS}|[0-9]{{1,6}}D)"
_DURATION = rf"P(?:[0-9]{{1,6}}W|{_DAYS}(?:{_HOURS})?|{_HOURS})"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}\.){{1,8}}[A-Za-z]{{2,63}}"
_ATOM = r"[A-Za-z0-9_+-][A-Za-z0-9_+'-]{0,63}"
_EMAIL = rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM}){{0,8}}@{_HOST}"
_URI_PART = r"(?:[A-Za-z0-9._~!$&'*+,;=:@/-]|%[0-9A-Fa-f]{2})"
_URI_TAIL = rf"(?:{_URI_PART}|\({_URI_PART}{{0,200}}\)){{0,2000}}"
_URI = (
    r"[A-Za-z][A-Za-z0-9+.-]{0,30}://(?:[A-Za-z0-9._~%!$&*+,;=:-]{1,255}@)?"
    r"[A-Za-z0-9._~-]{1,255}(?::[0-9]{1,5})?(?![:@])"
    rf"(?:/{_URI_TAIL})?(?:\?{_URI_TAIL})?(?:\#{_URI_TAIL})?(?<![.,;:!'])"
)
_IPV4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
_IPV6 = r"[0-9A-Fa-f:]{2,39}"
_PREFIX = r"/[0-9]{1,3}"
_POINTER = r"(?:/[A-Za-z0-9_]{1,100}){1,20}"
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"


@dataclass(frozen=True)
class Format:
    """One `format`: how to recognise its values and how to make one."""

    pattern: str
    """Regular expression that a whole value matches."""

    series: str
    """Template of the fixed values; `{}` becomes 1, 2, 3, …."""

    parse: Callable[[str], object] = str
    """Raises `ValueError` on what the expression cannot tell, such as the 31st of June."""

    loose: str = ""
    """Expression of all values, where `pattern` is not: it finds those that are meant as such."""

    complete: Callable[[str], str] = str
    """Adds to what was found what a value of this format must have."""

    ending: str = r"(?!\w|[.-]\w)"
    """What has to follow a value in a text."""

    encode: Callable[[str], str] | None = None
    """Writes a whole text in this format, where every text has such a form."""

    def holds(self, value: str) -> bool:
        """Return whether the whole `value` has this format."""
        return re.fullmatch(self.loose or self.pattern, value) is not None and self._parses(value)

    def values(self, text: str, count: int) -> Iterator[str]:
        """Yield the encoded text or the values that stand in it, then `count` fixed ones.

        Args:
            text: What to search.
            count: How many fixed values follow.
        """
        if self.encode:
            yield self.encode(text)
        else:
            for match in re.finditer(rf"(?<![\w.+-])(?:{self.pattern}){self.ending}", text):
                if self._parses(match[0]):
                    yield self.complete(match[0])
        yield from filter(self.holds, (self.series.format(i + 1) for i in range(count)))

    def _parses(self, value: str) -> bool:
        try:
            self.parse(value)
        except ValueError:
            return False
        return True


def _day(value: str) -> date:
    return date.fromisoformat(value[:10])


def _zoned(value: str) -> str:
    """Return a time as RFC 3339 has it, where `str(datetime)` leaves out `T` and offset."""
    value = value.replace(" ", "T")
    return value if re.search(f"{_OFFSET}$", value) else f"{value}Z"


def _port(value: str) -> int | None:
    return urlsplit(value).port


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


def _base64url(text: str) -> str:
    return _base64(text).translate({ord("+"): "-", ord("/"): "_"})


def _uuid(version: str, fixed: str) -> Format:
    return Format(
        rf"{_HEX}{{8}}-{_HEX}{{4}}-{version}-{_HEX}{{12}}", f"00000000-0000-{fixed}-{{:012}}"
    )


def _compile(value: str) -> None:
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise ValueError(value) from error


_EMAIL_FORMAT = Format(_EMAIL, "echo{}@example.com", loose=r"[^@]*(?:@[^@]*)+")
_HOST_FORMAT = Format(_HOST, "echo{}.example.com", loose=rf"{_LABEL}(?:\.{_LABEL})*\.?")
_URI_FORMAT = Format(_URI, "https://example.com/{}", _port, r"[A-Za-z][A-Za-z0-9+.-]*:\S*")
_REFERENCE_FORMAT = Format(_URI, "https://example.com/{}", _port, r"\S*")

FORMATS = {
    "date": Format(_DAY, "2000-01-{:02}", _day, ending=r"(?!(?!T\d)\w|[.-]\w)"),
    "time": Format(f"{_CLOCK}{_OFFSET}?", "00:00:{:02}Z", str, _CLOCK + _OFFSET, _zoned),
    "date-time": Format(
        f"{_DAY}[T ]{_CLOCK}{_OFFSET}?",
        "2000-01-01T00:00:{:02}Z",
        _day,
        f"{_DAY}T{_CLOCK}{_OFFSET}",
        _zoned,
    ),
    "duration": Format(_DURATION, "PT{}S"),
    "uuid": _uuid(f"{_HEX}{{4}}-{_HEX}{{4}}", "4000-8000"),
    **{
        f"uuid{v}": _uuid(f"{v}{_HEX}{{3}}-[89ABab]{_HEX}{{3}}", f"{v}000-8000")
        for v in range(1, 9)
    },
    "email": _EMAIL_FORMAT,
    "idn-email": _EMAIL_FORMAT,
    "name-email": _EMAIL_FORMAT,
    "hostname": _HOST_FORMAT,
    "idn-hostname": _HOST_FORMAT,
    "uri": _URI_FORMAT,
    "uri-reference": _REFERENCE_FORMAT,
    "uri-template": Format(_URI, "https://example.com/{}", _port, r"[^{}]*"),
    "iri": _URI_FORMAT,
    "iri-reference": _REFERENCE_FORMAT,
    "multi-host-uri": Format(rf"(?!https?:){_URI}", "postgresql://localhost/echo{}", _port),
    "ipv4": Format(_IPV4, "192.0.2.{}", ipaddress.IPv4Address),
    "ipv6": Format(_IPV6, "2001:db8::{}", ipaddress.IPv6Address),
    "ipvanyaddress": Format(f"{_IPV4}|{_IPV6}", "192.0.2.{}", ipaddress.ip_address),
    "ipv4network": Format(_IPV4 + _PREFIX, "192.0.{}.0/24", ipaddress.IPv4Network),
    "ipv6network": Format(_IPV6 + _PREFIX, "2001:db8:{}::/48", ipaddress.IPv6Network),
    "ipvanynetwork": Format(f"(?:{_IPV4}|{_IPV6}){_PREFIX}", "192.0.{}.0/24", ipaddress.ip_network),
    "ipv4interface": Format(_IPV4 + _PREFIX, "192.0.2.{}/24", ipaddress.IPv4Interface),
    "ipv6interface": Format(_IPV6 + _PREFIX, "2001:db8::{}/64", ipaddress.IPv6Interface),
    "ipvanyinterface": Format(
        f"(?:{_IPV4}|{_IPV6}){_PREFIX}", "192.0.2.{}/24", ipaddress.ip_interface
    ),
    "base64": Format(_BASE64, "", encode=_base64),
    "base64url": Format(_BASE64.replace("+/", "_-"), "", encode=_base64url),
    "color": Format(r"\#(?:[0-9A-Fa-f]{3}){1,2}", "#{:06x}"),
    "fraction": Format(r"-?[0-9]{1,20}/[1-9][0-9]{0,19}", "{}/1"),
    "json-pointer": Format(_POINTER, "/{}", loose=r"(?:/[^/]*)*"),
    "relative-json-pointer": Format(
        f"[0-9]{_POINTER}", "{}/echo", loose=r"[0-9]+(?:#|(?:/[^/]*)*)"
    ),
    "regex": Format(r"\^[^\s$]{0,200}\$", ".{{1,{}}}", _compile, loose=r"[\s\S]*"),
    "zoneinfo": Format("UTC", "UTC"),
}
"""The formats that JSON Schema defines and pydantic emits, by name."""
