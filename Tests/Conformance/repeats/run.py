"""Which HTTP clients repeat a request by themselves when the server closes the kept connection that it was sent on.

Compares what is seen with the table in docs/calling.md, "When a connection is closed". Needs neither the gateway nor the sandbox.

    Tests/Conformance/run.sh repeats [CLIENT...]

Without a CLIENT, all of the table are run. Those that are not installed are reported and skipped; with --strict that is a failure.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import processes
import server
from expectations import check, finish, leave_out

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
PAGE = processes.ROOT / "docs/calling.md"
HEADING = "## When a connection is closed"
METHODS = ["GET", "DELETE", "POST"]


def clients(folder: pathlib.Path) -> dict[str, tuple[str, list[str], list[str]]]:
    """The tool that must be installed, the command, and one that builds the program, by the name in the table."""
    def python(library: str):
        return "python3", [sys.executable, str(PROGRAMS / "python_client.py"), library], []

    go = ["go", "build", "-o", str(folder / "repeat"), str(PROGRAMS / "repeat.go")]
    java = ["javac", "-d", str(folder), str(PROGRAMS / "Repeat.java")]
    return {
        "curl": ("curl", ["curl"], []),
        "requests": python("requests"),
        "httpx": python("httpx"),
        "aiohttp": python("aiohttp"),
        "Zuora's SDK for Python": python("zuora-sdk"),
        "Node's `fetch`": ("node", ["node", str(PROGRAMS / "fetch.mjs")], []),
        "Node's `http`": ("node", ["node", str(PROGRAMS / "http.mjs")], []),
        "Java's `HttpClient`": ("javac", ["java", "-cp", str(folder), "Repeat"], java),
        "the same with `enableAllMethodRetry`": (
            "javac", ["java", "-Djdk.httpclient.enableAllMethodRetry=true", "-cp", str(folder), "Repeat"], java),
        "Go's `net/http`": ("go", [str(folder / "repeat")], go),
        "the same with `Idempotency-Key` set to nil": ("go", [str(folder / "repeat")], go),
    }


def arguments(name: str, base: str, method: str) -> list[str]:
    if name == "curl":
        quiet = ["--silent", "--noproxy", "*", "--output", "/dev/null"]
        content = ["--data", "x"] if method == "POST" else []
        return [*quiet, f"{base}/first", "--next", *quiet, "--request", method, *content, f"{base}/second"]
    return [base, method, *(["idempotent"] if "Idempotency-Key" in name else [])]


def repeats(name: str, command: list[str], method: str, isReset: bool) -> bool:
    """Whether the server gets the request twice, and the client then its response; otherwise it must report an error."""
    closing = server.Server(isReset)
    code, text = processes.output([*command, *arguments(name, closing.base, method)], 60)
    closing.close()
    if not closing.isClosed or closing.count not in (1, 2) or (code == 0) != (closing.count == 2):
        raise SystemExit(f"{name}: {method}: {closing.count} requests, exit code {code}\n{text}")
    return closing.count == 2


def table() -> dict[str, list[bool]]:
    text = PAGE.read_text().split(HEADING)[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+?) \| (yes|no) \| (yes|no) \| (yes|no) \|", text, re.M)
    return {name: [word == "yes" for word in words] for name, *words in rows}


def main() -> int:
    documented = table()
    with tempfile.TemporaryDirectory() as folder:
        known = clients(pathlib.Path(folder))
        if set(documented) != set(known):
            print(f"docs/calling.md has other clients than these: {sorted(set(documented) ^ set(known))}", file=sys.stderr)
            return 1
        wanted = [each for each in sys.argv[1:] if not each.startswith("--")] or list(known)
        if unknown := [each for each in wanted if each not in known]:
            print(f"no such client: {', '.join(unknown)}; known are {', '.join(known)}", file=sys.stderr)
            return 64
        for name in wanted:
            tool, command, build = known[name]
            if lacking := processes.missing(tool):
                leave_out(name, lacking)
                continue
            if build:
                subprocess.run(build, check=True)
            for isReset in (False, True):
                found = [repeats(name, command, method, isReset) for method in METHODS]
                words = ", ".join(f"{method} {'yes' if each else 'no'}" for method, each in zip(METHODS, found))
                what = f"{name}, {'reset' if isReset else 'closed'}: {words}"
                if check(f"{what}, as documented", found == documented[name]):
                    print(f"ok      {what}", flush=True)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
