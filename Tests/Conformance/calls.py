"""Calls to the gateway and the sandbox, never through a proxy."""

import dataclasses
import email.message
import json
import time
import urllib.error
import urllib.request

# For suites that send more than Zuora allows.
UNLIMITED = {"concurrency_limit": 100_000, "rate_per_minute": 10_000_000, "rate_per_hour": 100_000_000, "rate_per_day": 1_000_000_000,
             "token_rate_per_peer": 100_000, "token_rate_per_tenant": 100_000}

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclasses.dataclass
class Response:
    status: int
    fields: email.message.Message
    content: bytes

    def json(self):
        return json.loads(self.content)


def fetch(url: str, method: str = "GET", content: bytes | None = None, **fields: str) -> Response:
    """The response, whatever its status."""
    try:
        with _opener.open(urllib.request.Request(url, content, fields, method=method), timeout=60) as response:
            return Response(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Response(error.code, error.headers, error.read())


def control(sandbox: str, call: str, **values) -> dict:
    """A control call of the sandbox, such as `settings` or `reset`."""
    response = fetch(f"{sandbox}/_sandbox/{call}", "POST", json.dumps(values).encode())
    if response.status >= 300:
        raise SystemExit(f"the sandbox rejected {call}: {response.content.decode()}")
    return response.json() if response.content else {}


def book(sandbox: str) -> list[dict]:
    """Every call that the sandbox got."""
    return fetch(f"{sandbox}/_sandbox/book?limit=1000").json()["calls"]


def metric(admin: int, name: str) -> float | None:
    """The value of a metric without labels."""
    for line in fetch(f"http://127.0.0.1:{admin}/metrics").content.decode().splitlines():
        if line.startswith(f"{name} "):
            return float(line.split()[-1])
    return None


def wait(what: str, condition, limit: float = 30):
    """Returns when the condition holds; ends the suite if it does not within `limit` seconds. A server that does not respond counts as no."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (OSError, ValueError, KeyError):
            pass
        time.sleep(0.05)
    raise SystemExit(f"{what}: not within {limit} s")
