"""Compares docs/calling.md with the running gateway: the status of each outcome of a cancel in both modes, and the fields of requests and
responses."""

import http.client
import json
import re
import sys
import urllib.parse

import calls
import processes
import services
from expectations import check, finish

PAGE = (processes.ROOT / "docs/calling.md").read_text()
MODES = ["strict", "relay"]
# Jobs and faults of the sandbox whose cancel has the outcome.
JOBS = {
    "cancelled": ["executing", "fault-reset-after-send-once"],
    "already-cancelled": ["cancelled", "cancelled-bad-request", "cancelled-reasons"],
    "already-finished": ["done", "aborted", "error", "done-reasons", "done-reasons-400", "done-forbidden", "done-proxy-errors"],
    "unknown-job": ["unknown", "unknown-not-found", "unknown-spring", "unknown-reasons"],
    "not-permitted": ["fault-401"],
    "wrong-entity": ["fault-wrong-entity"],
    "rejected": ["fault-429-bare", "fault-418"],
    "unknown": ["fault-500", "fault-html-502", "fault-empty-200", "fault-aqua-90022"],
}
# Accepted and rejected values of X-Request-Timeout.
TIMES = {200: ["30", "0.5", "30s", "500ms", "1.5s"], 400: ["0", "-1", "1m", "1e3", "2 s", "s", "+1"]}
TRACKS = {200: ["a", "a b", "x" * 64, "~!@#$%^&*()_+"], 400: ["x" * 65, "a:b", "a;b", 'a"b', "a'b"]}
CODINGS = {200: ["gzip", "identity", "gzip;q=0.5, identity;q=0", "br", "*"], 406: ["identity;q=0", "br, identity;q=0", "*;q=0"]}


def send(base: str, method: str, path: str, tenant: str = "strict", **fields: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc, timeout=60)
    connection.putrequest(method, path, skip_host="Host" in fields, skip_accept_encoding=True)
    for name, value in ({"X-Zuora-Tenant": tenant} | {name.replace("_", "-"): value for name, value in fields.items()}).items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, content


def allowed(cell: str, status: int) -> bool:
    """Whether a cell of the table, such as `200 or 4xx`, includes a status."""
    words = re.findall(r"\b\d(?:\d\d|xx)\b", cell)
    return cell == "any" or any(re.fullmatch(word.replace("x", r"\d"), str(status)) for word in words)


def check_outcomes(base: str) -> int:
    rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|", PAGE.split("## Outcomes")[1].split("\n## ")[0], re.M)
    documented = {}
    for outcome, _, *cells in rows:
        # The first of two rows is about Zuora's responses.
        documented.setdefault(outcome, dict(zip(MODES, cells)))
    check("the outcomes of the page are tried", set(documented) == set(JOBS), sorted(set(documented) ^ set(JOBS)))
    count = 0
    for outcome, jobs in JOBS.items():
        for number, job in enumerate(jobs):
            for mode in MODES:
                count += 1
                track = f"{outcome}-{number}"
                status, fields, _ = send(base, "DELETE", f"/v1/batch-query/jobs/{job}.{mode}", mode, Zuora_Track_Id=track)
                what = f"{mode}: the cancel of {job}"
                check(f"{what} has the outcome", fields.get("gateway-outcome") == outcome, (status, fields))
                check(f"{what} has a status of the page", allowed(documented[outcome][mode], status), (status, documented[outcome][mode]))
                check(f"{what} returns the track id", fields.get("zuora-track-id") == track, fields)
                check(f"{what} has Via", fields.get("via") == "1.1 zuora-gateway", fields)
                attempts = fields.get("gateway-attempts", "2")
                check(f"{what} counts attempts from two", attempts.isdigit() and int(attempts) > 1, fields)
                if received := re.fullmatch(r"zuora-gateway; received-status=(\d+)", fields.get("proxy-status", "")):
                    check(f"{what} names Zuora's status only if it is another", mode == "strict" and int(received[1]) != status, fields)
    return count


def check_requests(base: str, zuora: str) -> int:
    path = "/v1/batch-query/jobs/done"
    for name, values in [("X_Request_Timeout", TIMES), ("Zuora_Track_Id", TRACKS), ("Accept_Encoding", CODINGS)]:
        for wanted, texts in values.items():
            for text in texts:
                status, fields, content = send(base, "GET", path, **{name: text})
                check(f"{name.replace('_', '-')}: {text}", status == wanted, (status, content))
                check(f"{name}: {text}: there is a track id", "zuora-track-id" in fields, fields)
    for entity, wanted in [("amer", services.AMER), ("e20b074746884ad5801468daf10e501d", None), ("", None)]:
        status, fields, _ = send(base, "GET", path, **({"Zuora_Entity_Ids": entity} if entity else {}))
        saw = fields.get("x-sandbox-saw", "")
        check(f"entity {entity!r}", f"entity={wanted or services.EMEA};" in saw, (status, saw))
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    send(base, "GET", path, traceparent=trace, tracestate="a=b", Idempotency_Key="k", Authorization="Bearer x", Cookie="a=b",
         X_Forwarded_For="192.0.2.1", Zuora_Version="2000-01-01", X_Internal_User="ann", Cache_Control="no-cache")
    sent = {name.lower(): value for name, value in calls.book(zuora)[-1]["fields"]}
    check("the trace is sent unchanged", (sent.get("traceparent"), sent.get("tracestate")) == (trace, "a=b"), sent)
    check("Cache-Control is sent", sent.get("cache-control") == "no-cache", sent)
    for name in ("idempotency-key", "cookie", "x-forwarded-for", "x-zuora-tenant", "zuora-version", "x-internal-user"):
        check(f"{name} is not sent with GET", name not in sent, sent)
    check("the caller's Authorization is not sent", sent.get("authorization", "").startswith("Bearer #"), sent)
    send(base, "GET", path)
    sent = {name.lower(): value for name, value in calls.book(zuora)[-1]["fields"]}
    check("a trace is begun", bool(re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", sent.get("traceparent", ""))), sent)
    status, fields, content = send(base, "DELETE", f"{path}.t", "nobody")
    check("a problem on a cancel route has the outcome unknown", fields.get("gateway-outcome") == "unknown", fields)
    check("a problem has a type", json.loads(content)["type"].startswith("urn:problem-type:zuora-gateway:"), content)
    return sum(len(texts) for values in (TIMES, TRACKS, CODINGS) for texts in values.values())


def check_refusals(base: str) -> None:
    """Of fields that are about the connection, and what a refusal has besides a problem."""
    path = "/v1/batch-query/jobs/done"
    for wanted, name, value in [(200, "Host", "gateway"), (421, "Host", "gateway.example"), (403, "Origin", "https://page.example"),
                                (403, "Sec_Fetch_Site", "cross-site"), (417, "Expect", "a-miracle")]:
        status, _, content = send(base, "GET", path, **{name: value})
        check(f"{name}: {value}", status == wanted, (status, content))
    status, fields, _ = send(base, "PUT", path)
    check("a 405 has Allow", status == 405 and {"DELETE", "GET"} <= set(fields.get("allow", "").split(", ")), (status, fields))


def check_challenge(zuora: str) -> None:
    caller = f"[callers.billing]\n{services.new_key()[1]}\n"
    with services.gateway(zuora, caller) as base:
        status, fields, _ = send(base, "GET", "/v1/batch-query/jobs/done", "acme")
    check("a 401 has WWW-Authenticate", (status, fields.get("www-authenticate")) == (401, 'Bearer realm="zuora-gateway"'), fields)


def main() -> int:
    # Without retries, which take seconds; jobs are verified all the same.
    tenant = "retry = { attempts = 1 }\nbreaker = false"
    with services.sandbox() as zuora:
        tables = "".join(services.tenant(zuora, f'outcome_status = "{mode}"\n{tenant}', name=mode) for mode in MODES)
        with services.gateway(zuora, tables) as base:
            cancels, values = check_outcomes(base), check_requests(base, zuora)
            check_refusals(base)
        check_challenge(zuora)
    return finish(f"{cancels} cancels, {values} values of fields")


if __name__ == "__main__":
    sys.exit(main())
