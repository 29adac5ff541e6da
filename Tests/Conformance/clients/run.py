"""Calls the running gateway with the HTTP clients that services use: cancel, get and submit, chunked, compressed, over kept connections.

Each client is a program in programs/ that checks the responses. This script checks what only the upstream can see: that each cancel reached
Zuora once, that nothing of the caller's connection did, and how many connections the client opened.

Clients that are not installed are reported and skipped; with --strict that is a failure. Arguments select clients; the default is all.
"""

import dataclasses
import pathlib
import re
import sys
import urllib.parse
import zlib

import calls
import processes
import services
from expectations import check, finish, leave_out

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
# Fields that are about a caller's own connection (RFC 9110 section 7.6.1), or for the gateway alone.
PRIVATE = {"connection", "keep-alive", "upgrade", "http2-settings", "te", "trailer", "expect", "proxy-connection", "x-zuora-tenant"}


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


def crc_of_file(zuora: str) -> int:
    """Of the file that all clients fetch, as sent by the sandbox."""
    form = {"client_id": services.CLIENT, "client_secret": services.SECRET, "grant_type": "client_credentials"}
    token = calls.fetch(f"{zuora}/oauth/token", "POST", urllib.parse.urlencode(form).encode()).json()["access_token"]
    content = calls.fetch(f"{zuora}/v1/files/file-1MiB", Authorization=f"Bearer {token}", **{"Zuora-Entity-Ids": services.EMEA}).content
    assert len(content) == 1 << 20
    return zlib.crc32(content)


def connections(admin: int) -> int:
    return int(calls.metric(admin, "zuora_gateway_client_connections_total"))


def behind(client: Client, zuora: str, made: int) -> list[str]:
    """What is wrong from the other side."""
    wrong = []
    if client.connections is not None and made > client.connections:
        wrong.append(f"it made {made} connections, not {client.connections}")
    if not client.cancels:
        return wrong
    book = calls.book(zuora)
    cancels = [call for call in book if call["method"] == "DELETE" and call["path"].endswith(f"/executing.{client.name}")]
    if [call["status"] for call in cancels] != [200]:
        wrong.append(f"its cancel reached Zuora {len(cancels)} times")
    for call in book:
        names = {name.lower() for name, _ in call["fields"]}
        if call["path"] != "/oauth/token" and names & PRIVATE:
            wrong.append(f"{call['method']} {call['path']} had {', '.join(sorted(names & PRIVATE))}")
    return wrong


def run(client: Client, base: str, zuora: str, admin: int, crc: int):
    calls.control(zuora, "reset", only=["book", "faults", "limits"])
    before = connections(admin)
    code, text = processes.output([*client.command, base, client.name, str(crc), *client.arguments])
    made = connections(admin) - before
    text += "".join(f"FAILED  upstream: {line}\n" for line in behind(client, zuora, made))
    steps = len(re.findall(r"^ok ", text, re.M))
    isGood = code == 0 and steps > 0 and not re.search(r"^FAILED ", text, re.M)
    if check(client.name, isGood, f"exit code {code}\n{text}"):
        print(f"ok      {client.name}: {steps} checks, {made} connections", flush=True)


def main() -> int:
    known = clients()
    wanted = processes.chosen([client.name for client in known])
    admin = services.free_port()
    more = 'concurrency = 100\nretry = { attempts = 1 }\nbreaker = false'
    with services.sandbox() as zuora, services.gateway(zuora, more=more, admin=admin) as base:
        # Room for a load: no quota is reached, and jobs that were submitted do not stay in the queue.
        calls.control(zuora, "settings", submitted_for="1ms", executing_for="1ms", **calls.UNLIMITED)
        crc = crc_of_file(zuora)
        for client in known:
            if client.name not in wanted:
                continue
            if lacking := processes.missing(*client.tools):
                leave_out(client.name, lacking)
            else:
                run(client, base, zuora, admin, crc)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
