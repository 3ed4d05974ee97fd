"""Every `format` with a shape: how to find its values in a text, and fixed values otherwise."""

from __future__ import annotations

import base64
import ipaddress
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The judge refuses what only looks right. All repetitions are bounded: an open one would make the
# search of a long text quadratic.
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
_UUID = "[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
_HOST = r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,63}"
_ATOM = "[A-Za-z0-9_+-][A-Za-z0-9_+'-]{0,63}"
_PORT = ":(?:[0-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])(?![0-9])"
_URI_PART = r"(?:[A-Za-z0-9._~!$&'*+,;=:@/-]|%[0-9A-Fa-f]{2})"
_URI_TAIL = rf"(?:{_URI_PART}|\({_URI_PART}{{0,200}}\)){{0,2000}}"
_URI = (
    r"[A-Za-z][A-Za-z0-9+.-]{0,30}://(?:[A-Za-z0-9._~%!$&*+,;=:-]{1,255}@)?[A-Za-z0-9._~-]{1,255}"
    rf"(?:{_PORT})?(?![:@])(?:/{_URI_TAIL})?(?:\?{_URI_TAIL})?(?:\#{_URI_TAIL})?(?<![.,;:!'])"
)
_IP = r"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:]{2,39})"
_NETWORK = f"{_IP}/[0-9]{{1,3}}"


class Format(NamedTuple):
    """One `format`: how to find its values in a text, and how to make one."""

    pattern: str
    """Regular expression of what may be a value."""

    series: str
    """Template of the fixed values; `{}` becomes 1, 2, 3, …."""

    parse: Callable[[str], object] = str
    """Raises `ValueError` on what only looks like a value, where the judge does not know it."""

    complete: Callable[[str], str] = str
    """Adds to what was found what a value of this format must have."""

    encode: Callable[[bytes], bytes] | None = None
    """Writes a whole text in this format, where every text has such a form."""

    def holds(self, value: str) -> bool:
        """Return whether the whole `value` has this format, for a judge that does not know it."""
        try:
            self.parse(value)
        except ValueError:
            return False
        return re.fullmatch(self.pattern, value) is not None

    def values(self, text: str, count: int) -> Iterator[str]:
        """Yield the encoded text or what looks like a value in it, then `count` fixed values."""
        if self.encode:
            yield self.encode(text.encode()).decode()
            return
        # a date may be followed by its time
        for match in re.finditer(rf"(?<![\w.+-])(?:{self.pattern})(?!(?!T\d)\w|[.-]\w)", text):
            yield self.complete(match[0])
        yield from (self.series.format(i + 1) for i in range(count))


def _zoned(value: str) -> str:
    """Return a time as RFC 3339 has it, where `str(datetime)` leaves out `T` and offset."""
    value = value.replace(" ", "T")
    return value if re.search("(?:Z|[+-][0-9:]{5})$", value) else f"{value}Z"


_EMAIL = Format(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM}){{0,8}}@{_HOST}", "echo{}@example.com")

EXTRA_FORMATS = {
    **{
        f"uuid{v}": Format(
            f"(?=.{{14}}{v}.{{4}}[89ABab]){_UUID}", f"00000000-0000-{v}000-8000-{{:012}}"
        )
        for v in range(1, 9)
    },
    "name-email": _EMAIL,
    "multi-host-uri": Format(f"(?!https?:){_URI}", "postgresql://localhost/echo{}"),
    "ipvanyaddress": Format(_IP, "192.0.2.{}", ipaddress.ip_address),
    "ipv4network": Format(_NETWORK, "192.0.{}.0/24", ipaddress.IPv4Network),
    "ipv6network": Format(_NETWORK, "2001:db8:{}::/48", ipaddress.IPv6Network),
    "ipvanynetwork": Format(_NETWORK, "192.0.{}.0/24", ipaddress.ip_network),
    "ipv4interface": Format(_NETWORK, "192.0.2.{}/24", ipaddress.IPv4Interface),
    "ipv6interface": Format(_NETWORK, "2001:db8::{}/64", ipaddress.IPv6Interface),
    "ipvanyinterface": Format(_NETWORK, "192.0.2.{}/24", ipaddress.ip_interface),
    "base64": Format("[A-Za-z0-9+/]*={0,2}", "", base64.b64decode, encode=base64.b64encode),
    "base64url": Format(
        "[A-Za-z0-9_-]*={0,2}", "", base64.urlsafe_b64decode, encode=base64.urlsafe_b64encode
    ),
    "color": Format("#(?:[0-9A-Fa-f]{3}){1,2}", "#{:06x}"),
    "fraction": Format("-?[0-9]{1,20}/[1-9][0-9]{0,19}", "{}/1"),
    "zoneinfo": Format("UTC", "UTC"),
    "relative-json-pointer": Format("[0-9](?:/[A-Za-z0-9_]{1,100}){1,20}", "{}/echo"),
}
"""Formats that the judge is told of: pydantic's own, and one on which validators disagree."""

FORMATS = EXTRA_FORMATS | {
    "date": Format(_DAY, "2000-01-{:02}"),
    "time": Format(_CLOCK, "00:00:{:02}Z", complete=_zoned),
    "date-time": Format(f"{_DAY}[T ]{_CLOCK}", "2000-01-01T00:00:{:02}Z", complete=_zoned),
    "duration": Format("P(?:[0-9]{1,6}[YMWDHS]|T){1,8}", "PT{}S"),
    "uuid": Format(_UUID, "00000000-0000-4000-8000-{:012}"),
    **dict.fromkeys(("email", "idn-email"), _EMAIL),
    **dict.fromkeys(("hostname", "idn-hostname"), Format(_HOST, "echo{}.example.com")),
    **dict.fromkeys(("uri", "iri"), Format(_URI, "https://example.com/{}")),
    "ipv4": Format(_IP, "192.0.2.{}"),
    "ipv6": Format(_IP, "2001:db8::{}"),
    "json-pointer": Format("(?:/[A-Za-z0-9_]{1,100}){1,20}", "/{}"),
    "regex": Format(r"\^[^\s$]{0,200}\$", ".{{1,{}}}"),
}
"""The formats that a value is made for. Any other (`password`, `binary`, …) admits any string."""
