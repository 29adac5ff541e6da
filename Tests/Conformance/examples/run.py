"""Runs the programs in examples/ against the gateway and the sandbox: over TCP, Unix socket and mTLS, with examples/proxy.conf.

Each program submits, reads and cancels a job; what it prints is compared with the sandbox's book. It must also report a cancel that fails,
and survive that its kept connection is closed as it cancels.

Tools that are not installed are reported and skipped; with --strict that is a failure. Arguments select examples; the default is all.
"""

import contextlib
import dataclasses
import pathlib
import re
import subprocess
import sys
import tempfile

import calls
import processes
import relay
import services
from expectations import check, finish, leave_out

EXAMPLES = processes.ROOT / "examples"
TRANSPORTS = ["tcp", "unix", "tls"]


@dataclasses.dataclass
class Example:
    name: str
    # What must be installed.
    tool: str
    command: list[str]
    transports: list[str]
    # Whether it keeps its connection from one request to the next.
    keeps: bool = True
    # Whether it authenticates with the key over mTLS as well.
    needsKey: bool = False
    # A command that builds it.
    build: list[str] = dataclasses.field(default_factory=list)


def examples(folder: pathlib.Path) -> list[Example]:
    python, node = [sys.executable], ["node"]
    return [
        Example("curl", "curl", [str(EXAMPLES / "curl/cancel.sh")], TRANSPORTS, keeps=False),
        Example("requests", "python3", python + [str(EXAMPLES / "python/cancel_requests.py")], ["tcp", "tls"]),
        Example("httpx", "python3", python + [str(EXAMPLES / "python/cancel_httpx.py")], TRANSPORTS),
        Example("zuora-sdk", "python3", python + [str(EXAMPLES / "python/cancel_zuora_sdk.py")], ["tcp", "tls"], needsKey=True),
        Example("fetch", "node", node + [str(EXAMPLES / "node/fetch.mjs")], ["tcp"]),
        Example("http", "node", node + [str(EXAMPLES / "node/http.mjs")], TRANSPORTS),
        Example("java", "javac", ["java", "-cp", str(folder), "Cancel"], ["tcp", "tls"],
                build=["javac", "-d", str(folder), str(EXAMPLES / "java/Cancel.java")]),
        Example("go", "go", [str(folder / "cancel")], TRANSPORTS,
                build=["go", "build", "-o", str(folder / "cancel"), str(EXAMPLES / "go/main.go")]),
    ]


@contextlib.contextmanager
def gateway(zuora: str, folder: pathlib.Path):
    """The ports for TCP and TLS of a gateway with the examples' configuration, at other addresses."""
    ports = services.free_port(), services.free_port()
    text = (EXAMPLES / "proxy.conf").read_text()
    for old, new in [("127.0.0.1:8080", f"127.0.0.1:{ports[0]}"), ("127.0.0.1:8443", f"127.0.0.1:{ports[1]}"),
                     ("/tmp/zuora-gateway.sock", str(folder / "gateway.sock")), ("http://127.0.0.1:9080", zuora),
                     ("[gateway]\n", f'[gateway]\nadmin = "127.0.0.1:{services.free_port()}"\n')]:
        if text.count(old) != 1:
            raise SystemExit(f"examples/proxy.conf has {old!r} {text.count(old)} times, not once")
        text = text.replace(old, new)
    (folder / "proxy.conf").write_text(text)
    subprocess.run([EXAMPLES / "make-certificates.sh", folder / "certificates"], check=True)
    with services.configured_gateway(folder / "proxy.conf", ports[0]):
        yield ports


class Run:
    """The examples' runs against one gateway and sandbox."""

    def __init__(self, zuora: str, ports: tuple[int, int], folder: pathlib.Path):
        self.zuora, self.ports, self.folder = zuora, ports, folder
        self.key = re.search(r"zgk_\w+", (EXAMPLES / "proxy.conf").read_text())[0]

    def variables(self, example: Example, transport: str, port: int) -> dict[str, str]:
        key = {"GATEWAY_KEY": self.key}
        match transport:
            case "tcp":
                return key | {"GATEWAY_URL": f"http://127.0.0.1:{port}"}
            case "unix":
                return key | {"GATEWAY_URL": "http://localhost", "GATEWAY_SOCKET": str(self.folder / "gateway.sock")}
        made = self.folder / "certificates"
        files = {"GATEWAY_CA": "ca.crt", "GATEWAY_CERTIFICATE": "billing.crt", "GATEWAY_CERTIFICATE_KEY": "billing.key",
                 "GATEWAY_PKCS12": "billing.p12"}
        return ({"GATEWAY_URL": f"https://localhost:{self.ports[1]}"} | (key if example.needsKey else {})
                | {name: str(made / file) for name, file in files.items()})

    def output(self, example: Example, transport: str, port: int, *arguments: str) -> tuple[int, str]:
        return processes.output([*example.command, *arguments], **self.variables(example, transport, port))

    @staticmethod
    def expect(what: str, found, wanted, text: str):
        if check(what, found == wanted, f"{found!r}, not {wanted!r}\n{text}"):
            print(f"ok      {what}", flush=True)

    def calls(self, job: str, track: str) -> dict[str, int]:
        """How many submits, reads and cancels of a job the sandbox recorded, cancels with that track id."""
        counts = {"POST": 0, "GET": 0, "DELETE": 0}
        for call in self.book[len(self.seen):]:
            fields = {name.lower(): value for name, value in call["fields"]}
            isJob = call["path"].endswith(f"/jobs/{job}")
            if call["method"] == "POST" and call["path"].rstrip("/") == "/v1/batch-query" or isJob and (
                    call["method"] == "GET" or fields.get("zuora-track-id") == track):
                counts[call["method"]] += 1
        return counts

    def whole(self, example: Example, transport: str, port: int, name: str):
        """Submit, read and cancel."""
        self.seen = calls.book(self.zuora)
        code, text = self.output(example, transport, port)
        self.book = calls.book(self.zuora)
        found = re.fullmatch(r"submitted (\S+)\nread \1(?:: \w+)?\n200 cancelled, track id (\S+)\n", text)
        self.expect(f"{name}: submits, reads and cancels a job", (code, bool(found)), (0, True), text)
        if found:
            counts = self.calls(found[1], found[2])
            self.expect(f"{name}: each of them reached Zuora once", counts, {"POST": 1, "GET": 1, "DELETE": 1}, text)

    def all_of(self, example: Example):
        for transport in example.transports:
            self.whole(example, transport, self.ports[0], f"{example.name} over {transport}")
        code, text = self.output(example, "tcp", self.ports[0], "done")
        self.expect(f"{example.name}: says why a job was not cancelled",
                    (code, bool(re.match(r"409 already-finished, track id \S+$", text))), (1, True), text)
        if example.keeps:
            between = relay.Relay(self.ports[0])
            self.whole(example, "tcp", between.port, f"{example.name} over a connection that is closed")
            self.expect(f"{example.name}: its connection was closed", between.closed, 1, "")
            between.close()


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        known = examples(folder)
        wanted = processes.chosen([example.name for example in known])
        with services.sandbox() as zuora, gateway(zuora, folder) as ports:
            run = Run(zuora, ports, folder)
            for example in known:
                if example.name not in wanted:
                    continue
                if lacking := processes.missing(example.tool):
                    leave_out(example.name, lacking)
                    continue
                if example.build:
                    subprocess.run(example.build, check=True)
                run.all_of(example)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
