"""Interleaves 100,000 requests of two tenants and two entities over shared connections, and checks that none gets what belongs to another.

Each response says whose token and entity the upstream saw (X-Sandbox-Saw), and has to be for the requested job and track id. The argument is
another number of requests.
"""

import collections
import multiprocessing
import random
import re
import socket
import sys
import time
import urllib.parse

import calls
import services
from expectations import check, finish
from services import AMER, EMEA

# By what a caller sends: the tenant and the entity that the upstream must see; None for a tenant with one entity, which is not named.
KINDS = {
    "X-Zuora-Tenant: acme": ("acme", EMEA),
    "X-Zuora-Tenant: acme\r\nZuora-Entity-Ids: emea": ("acme", EMEA),
    "X-Zuora-Tenant: acme\r\nZuora-Entity-Ids: amer": ("acme", AMER),
    f"X-Zuora-Tenant: acme\r\nZuora-Entity-Ids: {AMER.replace('-', '').upper()}": ("acme", AMER),
    "X-Zuora-Tenant: globex": ("globex", None),
}
CALLERS = 8
# Requests that a caller sends on its connection before it reads the answers.
PIPELINE = 8
GLOBEX = """
[tenants.globex]
upstream = "{zuora}"
client_id = "3c59dc04-8e88-4024-a079-9b8d2f9e4d11"
client_secret = "globex-secret"
routes = ["aqua.cancel", "aqua.get"]
concurrency = 1000
breaker = false

"""
STATUS = re.compile(rb"HTTP/1\.1 (\d+)")
LENGTH = re.compile(rb"\r\nContent-Length: (\d+)", re.I)
TRACK = re.compile(rb"\r\nZuora-Track-Id: ([^\r]*)", re.I)
SAW = re.compile(rb"\r\nX-Sandbox-Saw: tenant=(\w+)(?:; entity=([^;]*))?; token=(\w+)")


def caller(number: int, address: tuple[str, int], count: int) -> tuple[int, dict[str, set], list[str]]:
    """Sends its share. Answers: how many, the tokens seen by tenant, and what is wrong."""
    chance = random.Random(number)
    kinds = list(KINDS.items())
    tokens, wrong = collections.defaultdict(set), []
    answered = 0
    with socket.create_connection(address, 60) as connection, connection.makefile("rb") as answers:
        for start in range(0, count, PIPELINE):
            sent = []
            for place in range(start, min(start + PIPELINE, count)):
                fields, (tenant, entity) = chance.choice(kinds)
                job = f"executing.{number}-{place}"
                sent.append((job.encode(), tenant, entity))
                connection.send(
                    f"{chance.choice(('DELETE', 'GET'))} /v1/batch-query/jobs/{job} HTTP/1.1\r\nHost: gateway\r\n"
                    f"Zuora-Track-Id: {job}\r\n{fields}\r\n\r\n".encode())
            for job, tenant, entity in sent:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    line = answers.readline()
                    if not line:
                        return answered, dict(tokens), wrong + [f"{job}: no answer"]
                    head += line
                body = answers.read(int(LENGTH.search(head)[1]))
                answered += 1
                saw = SAW.search(head)
                if STATUS.match(head)[1] != b"200" or not saw:
                    wrong.append(f"{job}: {head + body}")
                    continue
                tokens[tenant].add(saw[3])
                if (TRACK.search(head)[1] != job or b'"id":"' + job + b'"' not in body or saw[1].decode() != tenant
                        or (entity and saw[2].decode() != entity)):
                    wrong.append(f"{job} of {tenant}, {entity}: {head + body}")
    return answered, dict(tokens), wrong


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with services.sandbox() as zuora, services.gateway(
            zuora, GLOBEX.format(zuora=zuora), more="concurrency = 1000\nbreaker = false") as base:
        calls.control(zuora, "settings", **calls.UNLIMITED)
        url = urllib.parse.urlsplit(base)
        begin = time.monotonic()
        with multiprocessing.Pool(CALLERS) as pool:
            results = pool.starmap(caller, [(number, (url.hostname, url.port), count // CALLERS) for number in range(CALLERS)])
        took = time.monotonic() - begin
    for result in results:
        for fault in result[2]:
            check("every response is the caller's own", False, fault)
    answered = sum(result[0] for result in results)
    check("every request has a response", answered == count // CALLERS * CALLERS, answered)
    tokens = {tenant: set().union(*(result[1].get(tenant, set()) for result in results)) for tenant in ("acme", "globex")}
    check("each tenant has one token", {len(seen) for seen in tokens.values()} == {1}, tokens)
    check("the tokens are not the same", not tokens["acme"] & tokens["globex"])
    return finish(f"{answered} responses in {took:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
