"""A gateway with the sandbox as upstream, on free ports of 127.0.0.1, for the scripts that test the built program."""

import collections
import contextlib
import hashlib
import http.client
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from ports import free_ports

CLIENTS = {
    "acme": ("1f0e3dad-9990-4345-b743-9f8b2a2b8a51", "sandbox-secret"),
    "globex": ("3c59dc04-8e88-4024-a079-9b8d2f9e4d11", "globex-secret"),
}
ENTITY = "e20b0747-4688-4ad5-8014-68daf10e501d"
ROUTES = '["aqua.cancel", "aqua.get", "aqua.submit", "files.get"]'


class Failure(Exception):
    pass


def eventually(condition, what, limit=20):
    """Waits until the condition is true, and gives what it gave."""
    end = time.monotonic() + limit
    while not (found := condition()):
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {limit} s")
        time.sleep(0.02)
    return found


def request(port, method, path, body=None, fields=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, fields or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def wait_for(port, process):
    def listens():
        if process.poll() is not None:
            raise Failure(f"{process.args[0]} ended with {process.returncode}")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True

    eventually(listens, f"a listener on {port}")


def start_sandbox(program, port, log):
    """Starts the sandbox's program, which is beside the gateway's."""
    sandbox = pathlib.Path(program).with_name("zuora-sandbox")
    return subprocess.Popen([sandbox, "--listen", f"127.0.0.1:{port}"], stdout=log, stderr=log)


class Sandbox:
    """The sandbox, without quotas."""

    def __init__(self, program, directory):
        [self.port] = free_ports(1)
        self.log = open(directory / "sandbox.log", "w")
        self.process = start_sandbox(program, self.port, self.log)
        wait_for(self.port, self.process)
        limits = ["concurrency_limit", "rate_per_minute", "rate_per_hour", "rate_per_day", "token_rate_per_peer", "token_rate_per_tenant"]
        self.control("POST", "settings", {name: 10**9 for name in limits})

    def control(self, method, path, body=None):
        status, _, answer = request(self.port, method, f"/_sandbox/{path}", json.dumps(body) if body is not None else None)
        if status >= 300:
            raise Failure(f"the sandbox: {method} {path}: {status} {answer}")
        return json.loads(answer or b"{}")


class Gateway:
    """The gateway, with its access log and its diagnostics in files."""

    def __init__(self, program, directory, text, port, admin, log=None):
        self.port, self.admin, self.directory = port, admin, directory
        self.configuration = directory / "proxy.conf"
        self.configuration.write_text(text)
        self.access, self.diagnostics = directory / "access.log", directory / "diagnostics.log"
        with open(self.access, "w") as out, open(self.diagnostics, "w") as err:
            self.process = subprocess.Popen([program, "run", "--config", self.configuration], stdout=log or out, stderr=err)
        wait_for(port, self.process)
        if admin:
            eventually(lambda: self.ask("/readyz?tenants")[0] == 200, "a ready gateway")

    def ask(self, path):
        status, _, body = request(self.admin, "GET", path)
        return status, body.decode()

    def metrics(self):
        return Metrics(self.ask("/metrics")[1])

    def lines(self):
        """The access log, as far as its lines are whole."""
        text = self.access.read_text()
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class Metrics:
    """Samples of Prometheus' text format, by name and labels."""

    def __init__(self, text):
        self.text = text
        self.samples = {}
        for line in text.splitlines():
            if match := re.fullmatch(r'zuora_gateway_(\w+)(?:\{(.*)\})? (\S+)', line):
                labels = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or "")
                self.samples[match[1], frozenset(labels)] = float(match[3])

    def __getitem__(self, name):
        """The sum of all samples of the name."""
        return sum(value for (each, _), value in self.samples.items() if each == name)

    def by(self, name, *labels):
        """Sums by the values of some labels."""
        sums = collections.Counter()
        for (each, pairs), value in self.samples.items():
            if each == name:
                sums[tuple(dict(pairs).get(label) for label in labels)] += value
        return sums

    def lint(self):
        """Has promtool look at it, where there is one.
        Returns whether there was."""
        if not shutil.which("promtool"):
            return False
        run = subprocess.run(["promtool", "check", "metrics"], input=self.text, text=True, capture_output=True, timeout=60)
        if run.returncode != 0 or run.stdout or run.stderr:
            raise Failure(f"promtool: {run.returncode} {run.stdout}{run.stderr}")
        return True


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def secret_volume(directory, **files):
    """A volume as Kubernetes mounts it: files are links into a directory, which `update` replaces at one blow."""
    directory.mkdir()
    update_volume(directory, **files)
    for name in files:
        (directory / name.replace("_", ".")).symlink_to(f"..data/{name.replace('_', '.')}")


def update_volume(directory, **files):
    version = directory / f"..{time.monotonic_ns()}"
    version.mkdir()
    for name, text in files.items():
        path = version / name.replace("_", ".")
        path.touch(mode=0o600)
        path.write_text(text)
    (directory / "..data_tmp").symlink_to(version.name)
    old = (directory / "..data").resolve() if (directory / "..data").exists() else None
    (directory / "..data_tmp").rename(directory / "..data")
    if old:
        shutil.rmtree(old)


@contextlib.contextmanager
def working_directory():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        yield pathlib.Path(directory)


def main(name, run):
    """Runs the script; a failure is its last word."""
    try:
        run()
    except Failure as failure:
        sys.exit(f"{name}: {failure}")
    print(f"{name}: passed")
