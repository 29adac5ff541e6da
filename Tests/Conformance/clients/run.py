"""Calls the running gateway with the HTTP clients that services use: cancel, get and submit, chunked, compressed, over kept connections.

Each client is a program in programs/ that checks the responses. This script checks what only the upstream can see: that each cancel reached
Zuora once, that nothing of the caller's connection did, and how many connections the client opened.

Clients that are not installed are reported and skipped; with --strict that is a failure. Arguments select clients; the default is all.
"""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
import zlib

import services

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
# Fields that are about a caller's own connection (RFC 9110 section 7.6.1), or for the gateway alone.
PRIVATE = {"connection", "keep-alive", "upgrade", "http2-settings", "te", "trailer", "expect", "proxy-connection", "x-zuora-tenant"}
LIMIT = 120


@dataclasses.dataclass
class Client:
    name: str
    # What must be installed.
    tools: list[str]
    command: list[str]
    # Connections that it may make for all of its requests; none: it makes one for each.
    connections: int | None = None
    arguments: tuple[str, ...] = ()
    cancels: bool = True

    def missing(self) -> list[str]:
        return [tool for tool in self.tools if not shutil.which(tool)]


def clients() -> list[Client]:
    def python(name: str, *arguments, **more) -> Client:
        return Client(name, more.pop("tools", []), [sys.executable, str(PROGRAMS / f"{more.pop('program', name)}_client.py")],
                      arguments=arguments, **more)

    return [
        python("curl", tools=["curl"]),
        python("requests", connections=1),
        python("httpx", connections=1),
        python("aiohttp", connections=1),
        Client("java", ["java"], ["java", str(PROGRAMS / "Client.java")], connections=1),
        # A second one where the first is not yet idle again when the next request comes.
        Client("node", ["node"], ["node", str(PROGRAMS / "client.mjs")], connections=2),
        # The second connection is for the transport that takes off gzip.
        Client("go", ["go"], ["go", "run", str(PROGRAMS / "client.go")], connections=2),
        python("wrk", "wrk", tools=["wrk"], program="load", cancels=False),
        python("ab", "ab", tools=["ab"], program="load", cancels=False),
    ]


def get(url: str, body: bytes | None = None, **fields: str) -> bytes:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            urllib.request.Request(url, data=body, headers=fields), timeout=30) as answer:
        return answer.read()


def crc_of_file(zuora: str) -> int:
    """Of the file that all clients fetch, as sent by the sandbox."""
    form = {"client_id": "1f0e3dad-9990-4345-b743-9f8b2a2b8a51", "client_secret": "sandbox-secret",
            "grant_type": "client_credentials"}
    token = json.loads(get(f"{zuora}/oauth/token", urllib.parse.urlencode(form).encode()))["access_token"]
    content = get(f"{zuora}/v1/files/file-1MiB", **{
        "Authorization": f"Bearer {token}", "Zuora-Entity-Ids": "e20b0747-4688-4ad5-8014-68daf10e501d"})
    assert len(content) == 1 << 20
    return zlib.crc32(content)


def connections(admin: int) -> int:
    text = get(f"http://127.0.0.1:{admin}/metrics").decode()
    return int(float(re.search(r"^zuora_gateway_client_connections_total (\S+)", text, re.M)[1]))


def behind(client: Client, zuora: str, made: int) -> list[str]:
    """What is wrong from the other side."""
    wrong = []
    if client.connections is not None and made > client.connections:
        wrong.append(f"it made {made} connections, not {client.connections}")
    if not client.cancels:
        return wrong
    calls = services.book(zuora)
    cancels = [call for call in calls if call["method"] == "DELETE" and call["path"].endswith(f"/executing.{client.name}")]
    if [call["status"] for call in cancels] != [200]:
        wrong.append(f"its cancel reached Zuora {len(cancels)} times")
    for call in calls:
        names = {name.lower() for name, _ in call["fields"]}
        if call["path"] != "/oauth/token" and names & PRIVATE:
            wrong.append(f"{call['method']} {call['path']} had {', '.join(sorted(names & PRIVATE))}")
    return wrong


def run(client: Client, base: str, zuora: str, admin: int, crc: int) -> bool:
    get(f"{zuora}/_sandbox/reset", b'{"only":["book","faults","limits"]}')
    before = connections(admin)
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    command = [*client.command, base, client.name, str(crc), *client.arguments]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT, env=environment)
        text, isGood = done.stdout, done.returncode == 0
    except subprocess.TimeoutExpired as error:
        text, isGood = f"{(error.stdout or b'').decode()}FAILED  not done after {LIMIT} s\n", False
    wrong = behind(client, zuora, connections(admin) - before)
    text += "".join(f"FAILED  upstream: {line}\n" for line in wrong)
    steps = len(re.findall(r"^ok ", text, re.M))
    failed = len(re.findall(r"^FAILED ", text, re.M))
    isGood = isGood and not failed and steps > 0
    made = connections(admin) - before
    print(f"{'ok     ' if isGood else 'FAILED '} {client.name}: {steps} checks, {made} connections", flush=True)
    if not isGood:
        print(text)
    return isGood


def main() -> int:
    wanted = [argument for argument in sys.argv[1:] if argument != "--strict"]
    isStrict = "--strict" in sys.argv
    if unknown := set(wanted) - {client.name for client in clients()}:
        print(f"no such client: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 64
    failures, missing = [], []
    admin = services.free_port()
    tenant = 'concurrency = 100\nretry = { attempts = 1 }\nbreaker = false'
    with services.sandbox() as zuora, services.gateway(zuora, tenant=tenant, admin=admin) as base:
        # Room for a load: no quota is reached, and jobs that were submitted do not stay in the queue.
        limits = {"submitted_for": "1ms", "executing_for": "1ms", "concurrency_limit": 100000, "rate_per_minute": 10000000,
                  "rate_per_hour": 100000000, "rate_per_day": 1000000000, "token_rate_per_peer": 100000,
                  "token_rate_per_tenant": 100000}
        get(f"{zuora}/_sandbox/settings", json.dumps(limits).encode())
        crc = crc_of_file(zuora)
        for client in clients():
            if wanted and client.name not in wanted:
                continue
            if lacking := client.missing():
                missing.append(client.name)
                print(f"LEFT OUT {client.name}: {', '.join(lacking)} is not installed", flush=True)
            elif not run(client, base, zuora, admin, crc):
                failures.append(client.name)
    if missing:
        print(f"left out, not tried: {', '.join(missing)}{'' if isStrict else ' (--strict makes that a failure)'}")
    print(f"failed: {', '.join(failures)}" if failures else "all that were tried are served")
    return 1 if failures or (isStrict and missing) else 0


if __name__ == "__main__":
    sys.exit(main())
