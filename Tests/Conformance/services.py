"""Starts and stops the sandbox, and gateways with it as upstream."""

import contextlib
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import urllib.request
import json

ROOT = pathlib.Path(__file__).resolve().parents[2]

TENANT = """
[tenants.acme]
upstream = "{sandbox}"
client_id = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"
client_secret = "sandbox-secret"
entity = "emea"
routes = ["aqua.cancel", "aqua.get", "aqua.submit", "dataquery.cancel", "dataquery.get", "dataquery.submit",
    "files.get"]
{more}

[tenants.acme.entities]
emea = "e20b0747-4688-4ad5-8014-68daf10e501d"
amer = "8a8082c1-5f0a-4c2e-9d4b-0a6b7c8d9e0f"
"""


def binary() -> pathlib.Path:
    """What ZUORA_GATEWAY names, or the build that is newest."""
    if program := os.environ.get("ZUORA_GATEWAY"):
        return pathlib.Path(program).resolve()
    built = [path for kind in ("debug", "release") if (path := ROOT / ".build" / kind / "zuora-gateway").exists()]
    if not built:
        raise SystemExit("build the programs first: swift build")
    return max(built, key=lambda path: path.stat().st_mtime)


@contextlib.contextmanager
def configured_gateway(folder: pathlib.Path):
    """The port of a gateway that runs with `gateway.conf` in a folder, which has it listen on a port of its choice."""
    program = os.environ.get("ZUORA_GATEWAY")
    if not program:
        subprocess.run(["swift", "build", "--product", "zuora-gateway"], check=True)
        program = ".build/debug/zuora-gateway"
    process = subprocess.Popen([os.path.abspath(program), "run", "--config", str(folder / "gateway.conf")],
                               stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        for line in process.stderr:
            if found := re.search(r'"listen":"[^"]*?127\.0\.0\.1:(\d+)', line):
                yield int(found[1])
                break
        else:
            raise SystemExit("the gateway does not start")
        if process.poll() is not None:
            raise SystemExit(f"the gateway ended with {process.returncode}")
    finally:
        process.kill()
        process.wait()


def new_key() -> tuple[str, str]:
    """A caller's key, and its line for proxy.conf."""
    key, line = subprocess.run([binary(), "hash-key"], check=True, capture_output=True, text=True).stdout.splitlines()
    return key, line


@contextlib.contextmanager
def running(program: pathlib.Path, *arguments: str):
    process = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@contextlib.contextmanager
def sandbox():
    """The base URL of a sandbox."""
    with running(binary().with_name("zuora-sandbox"), "--listen", "127.0.0.1:0") as process:
        greeting = process.stdout.readline()
        found = re.search(r"listens on (\S+:\d+)", greeting)
        if not found:
            raise SystemExit(f"the sandbox did not start: {greeting!r}")
        yield f"http://{found[1]}"


@contextlib.contextmanager
def gateway(sandbox_url: str, tables: str = "", tenant: str = "", admin: int | None = None):
    """The base URL of a gateway.

    `tables` and `tenant` are further lines of proxy.conf, of their own and of the tenant, `admin` is the port for its admin listener.
    """
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "proxy.conf")
        path.write_text(
            f'[gateway]\nlisten = ["127.0.0.1:{port}"]\nadmin = "127.0.0.1:{admin or free_port()}"\ndefault_tenant = "acme"\n'
            + tables + TENANT.format(sandbox=sandbox_url, more=tenant))
        log = open(pathlib.Path(folder, "log"), "w")
        process = subprocess.Popen([binary(), "run", "--config", path], stdout=log, stderr=log)
        try:
            wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(40)
            log.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int, process):
    for _ in range(200):
        if process.poll() is not None:
            raise SystemExit(f"the gateway ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit("the gateway did not start")


def book(sandbox_url: str) -> list[dict]:
    """Every call that the sandbox got."""
    with urllib.request.urlopen(f"{sandbox_url}/_sandbox/book?limit=1000") as answer:
        return json.load(answer)["calls"]
