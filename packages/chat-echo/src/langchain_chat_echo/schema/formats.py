"""Every JSON Schema `format` with a shape: how to find it in a text, and fixed values otherwise.

A format that is not in `FORMATS` (`password`, `path`, `binary`, …) admits any string.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# All repetitions are bounded: an open one would make the search of a long text quadratic.
_HEX = "[0-9A-Fa-f]"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_OFFSET = "(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
_MINUTES = "[0-9]{1,6}M(?:[0-9]{1,6}S)?"
_HOURS = f"T(?:[0-9]{{1,6}}H(?:{_MINUTES})?|{_MINUTES}|[0-9]{{1,6}}S)"
_MONTHS = "[0-9]{1,6}M(?:[0-9]{1,6}D)?"
_DAYS = f"(?:[0-9]{{1,6}}Y(?:{_MONTHS})?|{_MONTHS}|[0-9]{{1,6}}D)"
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}\.){{1,8}}[A-Za-z]{{2,63}}"
_ATOM = "[A-Za-z0-9_+-][A-Za-z0-9_+'-]{0,63}"
_PORT = ":(?:[0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])(?![0-9])"
_URI_PART = r"(?:[A-Za-z0-9._~!$&'*+,;=:@/-]|%[0-9A-Fa-f]{2})"
_URI_TAIL = rf"(?:{_URI_PART}|\({_URI_PART}{{0,200}}\)){{0,2000}}"
_IPV4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
_IPV6 = "[0-9A-Fa-f:]{2,39}"
_POINTER = "(?:/[A-Za-z0-9_]{1,100}){1,20}"
_BASE64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"


@dataclass(frozen=True)
class Format:
    """One `format`: how to recognise its values and how to make one."""

    pattern: str
    """Regular expression of a value."""

    series: str
    """Template of the fixed values; `{}` becomes 1, 2, 3, …."""

    parse: Callable[[str], object] = str
    """Raises `ValueError` on what the expression cannot tell, such as 10.0.0.256."""

    complete: Callable[[str], str] = str
    """Adds to what was found what a value of this format must have."""

    ending: str = r"(?!\w|[.-]\w)"
    """What has to follow a value in a text."""

    encode: Callable[[str], str] | None = None
    """Writes a whole text in this format, where every text has such a form."""

    def holds(self, value: str) -> bool:
        """Return whether the whole `value` has this format."""
        try:
            self.parse(value)
        except ValueError:
            return False
        return re.fullmatch(self.pattern, value) is not None

    def values(self, text: str, count: int) -> Iterator[str]:
        """Yield the encoded text or what looks like a value in it, then `count` fixed values.

        Args:
            text: What to search.
            count: How many fixed values follow.
        """
        if self.encode:
            yield self.encode(text)
        else:
            for match in re.finditer(rf"(?<![\w.+-])(?:{self.pattern}){self.ending}", text):
                yield self.complete(match[0])
        yield from (self.series.format(i + 1) for i in range(count))


def _zoned(value: str) -> str:
    """Return a time as RFC 3339 has it, where `str(datetime)` leaves out `T` and offset."""
    value = value.replace(" ", "T")
    return value if re.search(f"{_OFFSET}$", value) else f"{value}Z"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _base64url(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def _uuid(version: str, fixed: str) -> Format:
    pattern = f"{_HEX}{{8}}-{_HEX}{{4}}-{version}-{_HEX}{{12}}"
    return Format(pattern, f"00000000-0000-{fixed}-{{:012}}")


def _uri(schemes: str, series: str) -> Format:
    user, host = "(?:[A-Za-z0-9._~%!$&*+,;=:-]{1,255}@)?", "[A-Za-z0-9._~-]{1,255}"
    path = rf"(?:/{_URI_TAIL})?(?:\?{_URI_TAIL})?(?:\#{_URI_TAIL})?"
    whole = rf"{schemes}://{user}{host}(?:{_PORT})?(?![:@]){path}(?<![.,;:!'])"
    return Format(whole, series)


def _ip(kind: str, addresses: str, series: str) -> Format:
    return Format(addresses, series, getattr(ipaddress, kind))


_EMAIL = Format(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM}){{0,8}}@{_HOST}", "echo{}@example.com")
_HOSTNAME = Format(_HOST, "echo{}.example.com")
_WEB = _uri("[A-Za-z][A-Za-z0-9+.-]{0,30}", "https://example.com/{}")
_NETWORK = "/[0-9]{1,3}"
_ANY_IP = f"(?:{_IPV4}|{_IPV6})"

EXTRA_FORMATS = {
    **{
        f"uuid{v}": _uuid(f"{v}{_HEX}{{3}}-[89ABab]{_HEX}{{3}}", f"{v}000-8000")
        for v in range(1, 9)
    },
    "name-email": _EMAIL,
    "multi-host-uri": _uri(
        "(?!https?:)[A-Za-z][A-Za-z0-9+.-]{0,30}", "postgresql://localhost/echo{}"
    ),
    "ipvanyaddress": _ip("ip_address", _ANY_IP, "192.0.2.{}"),
    "ipv4network": _ip("IPv4Network", _IPV4 + _NETWORK, "192.0.{}.0/24"),
    "ipv6network": _ip("IPv6Network", _IPV6 + _NETWORK, "2001:db8:{}::/48"),
    "ipvanynetwork": _ip("ip_network", _ANY_IP + _NETWORK, "192.0.{}.0/24"),
    "ipv4interface": _ip("IPv4Interface", _IPV4 + _NETWORK, "192.0.2.{}/24"),
    "ipv6interface": _ip("IPv6Interface", _IPV6 + _NETWORK, "2001:db8::{}/64"),
    "ipvanyinterface": _ip("ip_interface", _ANY_IP + _NETWORK, "192.0.2.{}/24"),
    "base64": Format(_BASE64, "", encode=_base64),
    "base64url": Format(_BASE64.replace("+/", "_-"), "", encode=_base64url),
    "color": Format(r"\#(?:[0-9A-Fa-f]{3}){1,2}", "#{:06x}"),
    "fraction": Format("-?[0-9]{1,20}/[1-9][0-9]{0,19}", "{}/1"),
    "zoneinfo": Format("UTC", "UTC"),
}
"""The formats that pydantic emits beside JSON Schema's: the judge is told of them."""

FORMATS = EXTRA_FORMATS | {
    "date": Format(_DAY, "2000-01-{:02}", ending=r"(?!(?!T\d)\w|[.-]\w)"),
    "time": Format(f"{_CLOCK}{_OFFSET}?", "00:00:{:02}Z", complete=_zoned),
    "date-time": Format(
        f"{_DAY}[T ]{_CLOCK}{_OFFSET}?", "2000-01-01T00:00:{:02}Z", complete=_zoned
    ),
    "duration": Format(f"P(?:[0-9]{{1,6}}W|{_DAYS}(?:{_HOURS})?|{_HOURS})", "PT{}S"),
    "uuid": _uuid(f"{_HEX}{{4}}-{_HEX}{{4}}", "4000-8000"),
    **dict.fromkeys(("email", "idn-email"), _EMAIL),
    **dict.fromkeys(("hostname", "idn-hostname"), _HOSTNAME),
    **dict.fromkeys(("uri", "uri-reference", "uri-template", "iri", "iri-reference"), _WEB),
    "ipv4": Format(_IPV4, "192.0.2.{}"),
    "ipv6": Format(_IPV6, "2001:db8::{}"),
    "json-pointer": Format(_POINTER, "/{}"),
    "relative-json-pointer": Format(f"[0-9]{_POINTER}", "{}/echo"),
    "regex": Format(r"\^[^\s$]{0,200}\$", ".{{1,{}}}"),
}
"""The formats that a value is made for, by name."""
