"""Runs programs that suites start: those being tested, built if necessary, and clients in other languages, if they are installed."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def environment(**more: str) -> dict[str, str]:
    """This process's variables without those of proxies, because suites only make calls on this machine; and `more`."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")} | more


def binary() -> pathlib.Path:
    """The gateway: what ZUORA_GATEWAY names, or the build that is newest."""
    if program := os.environ.get("ZUORA_GATEWAY"):
        return pathlib.Path(program).resolve()
    built = [path for kind in ("debug", "release") if (path := ROOT / ".build" / kind / "zuora-gateway").exists()]
    if not built:
        raise SystemExit("build the programs first: make build, or swift build")
    return max(built, key=lambda path: path.stat().st_mtime)


def build(product: str) -> str:
    """Builds a program for tests in release mode, and returns its path."""
    command = ["swift", "build", "-c", "release", "--product", product]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    path = subprocess.run([*command, "--show-bin-path"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return f"{path.strip()}/{product}"


@contextlib.contextmanager
def running(program: str | pathlib.Path, *arguments: str, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **variables: str):
    """A process that is told to end at the end, with `variables` in its environment."""
    process = subprocess.Popen([program, *arguments], stdout=stdout, stderr=stderr, text=True, env=environment(**variables))
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def output(command: list[str], limit: float = 120, **variables: str) -> tuple[int, str]:
    """The exit code of a client, -1 if it takes longer than `limit` seconds, and what it prints."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=limit,
                              env=environment(**variables))
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as error:
        return -1, f"{(error.stdout or b'').decode()}\nnot done after {limit} s\n"


def missing(*tools: str) -> list[str]:
    return [tool for tool in tools if not shutil.which(tool)]


def chosen(known: list[str]) -> set[str]:
    """What the arguments select; without any, all."""
    wanted = {argument for argument in sys.argv[1:] if not argument.startswith("--")}
    if unknown := wanted - set(known):
        print(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}", file=sys.stderr)
        raise SystemExit(64)
    return wanted or set(known)
