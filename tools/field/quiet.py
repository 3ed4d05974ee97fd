"""A quiet environment for real clients, as a pytest plugin: nobody is called.

pytest loads it with `-p tools.field.quiet`, which is before any client is imported: some read the
environment then.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

QUIET = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "NO_PROXY": "127.0.0.1",
    "NVIDIA_USAGE_TELEMETRY_ENABLED": "0",
}
AMBIENT = ("_API_KEY", "_API_TOKEN", "_API_BASE", "_BASE_URL", "_PROXY", "_proxy")

for name in [name for name in os.environ if name.endswith(AMBIENT) or name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(QUIET)

sys.setswitchinterval(1e-5)  # threads take turns often, so that races show

_getaddrinfo = socket.getaddrinfo


def _only_here(host: Any, *given: Any, **named: Any) -> Any:
    """Look up addresses of this machine only: pytest-socket keeps connections in, not names."""
    if host not in ("127.0.0.1", b"127.0.0.1", None):
        raise socket.gaierror(f"the field report looks up no names, got {host!r}")
    return _getaddrinfo(host, *given, **named)


socket.getaddrinfo = _only_here
