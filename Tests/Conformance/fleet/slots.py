"""Runs gateways that share an entity's slots through a real store, with callers on slow jobs, and reads the sandbox's book: the most calls in
flight at once must not exceed the cap, whatever happens to members or store, and no request may fail.

`make fleet-slots`, and a part of it in `make fleet`. Not part of `run.py`: it needs the programs, 10 MB for each member, and a minute for each scene. Each member watches its
configuration: Linux allows 128 such watches by default (fs.inotify.max_user_instances).
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import services  # noqa: E402
import stores  # noqa: E402

JOB = "/v1/batch-query/jobs/executing"


def wait_for(port: int, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise SystemExit(f"nothing listens on port {port}")


class Sandbox:
    def __init__(self, program: str, folder: pathlib.Path) -> None:
        self.port = services.free_port()
        log = (folder / "sandbox.log").open("w")
        self.process = subprocess.Popen([program, "--listen", f"127.0.0.1:{self.port}"], stdout=log, stderr=log)
        wait_for(self.port)

    def call(self, method: str, path: str, body: object = None) -> dict:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, "/_sandbox/" + path, json.dumps(body) if body is not None else None)
        return json.loads(connection.getresponse().read() or b"{}")

    def in_flight(self) -> tuple[int, int]:
        status = self.call("GET", "status")
        return sum(status["in_flight"].values()), max(status["peak_in_flight"].values(), default=0)


class Member:
    def __init__(self, program: str, folder: pathlib.Path, number: int, text: str) -> None:
        self.port, self.admin = services.free_ports(2)
        # Its callers go away with it.
        self.is_ended = False
        file = folder / f"member-{number}.conf"
        file.write_text(text.format(port=self.port, admin=self.admin))
        self.log = folder / f"member-{number}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen([program, "run", "--config", str(file)], stdout=log, stderr=log)

    def metrics(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=30)
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()


class Caller(threading.Thread):
    """Makes one call after another."""

    def __init__(self, member: Member) -> None:
        super().__init__(daemon=True)
        self.member = member
        self.done: list[float] = []
        self.failures: list[object] = []
        self.is_over = False

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.member.port, timeout=120)
        while not self.is_over:
            begun = time.monotonic()
            try:
                connection.request("GET", JOB, headers={"X-Zuora-Tenant": "acme"})
                response = connection.getresponse()
                content = response.read()
            except (OSError, http.client.HTTPException) as problem:
                connection.close()
                if self.member.is_ended:
                    return
                self.failures.append(problem)
                continue
            if response.status == 200:
                self.done.append(time.monotonic() - begun)
            else:
                self.failures.append((response.status, content[:200]))
                time.sleep(0.05)


class Scene:
    def __init__(self, arguments: argparse.Namespace, server: str, folder: pathlib.Path, when_lost: str) -> None:
        self.arguments = arguments
        self.folder = folder
        self.server = server
        self.when_lost = when_lost
        self.members: list[Member] = []
        self.store_port = services.free_port()
        self.start_store()
        self.sandbox = Sandbox(arguments.sandbox, folder)
        self.sandbox.call("POST", "settings", {
            "concurrency_limit": 100_000, "rate_per_minute": 10_000_000, "rate_per_hour": 100_000_000, "rate_per_day": 1_000_000_000,
            "token_rate_per_peer": 100_000,
        })
        self.sandbox.call("POST", "faults", {"effect": f"slow-{arguments.call_time}ms", "match": {"path": JOB}})

    def start_members(self) -> None:
        arguments = self.arguments
        text = f"""
            [gateway]
            listen = ["127.0.0.1:{{port}}"]
            admin = "127.0.0.1:{{admin}}"
            workers = 1
            [fleet]
            url = "redis://127.0.0.1:{self.store_port}"
            when_lost = "{self.when_lost}"
            members = {arguments.members}
            crash_hold = "{arguments.hold}s"
            [tenants.acme]
            upstream = "http://127.0.0.1:{self.sandbox.port}"
            client_id = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"
            client_secret = "sandbox-secret"
            entity = "emea"
            entities = {{{{ emea = "e20b0747-4688-4ad5-8014-68daf10e501d" }}}}
            routes = ["aqua.cancel", "aqua.get"]
            fleet_concurrency = {arguments.cap}
            concurrency = 40
            queue_timeout = "90s"
            """
        for number in range(arguments.members):
            self.members.append(Member(arguments.gateway, self.folder, number, text))
        for member in self.members:
            wait_for(member.port)
        self.callers = [Caller(member) for member in self.members for _ in range(arguments.callers)]

    def start_store(self) -> None:
        command = [self.server, "--port", str(self.store_port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        command += ["--dir", str(self.folder)]
        self.store = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.store_port)

    def watch(self, seconds: float) -> float:
        """The mean use of the cap over some seconds."""
        end = time.monotonic() + seconds
        readings = []
        while time.monotonic() < end:
            readings.append(self.sandbox.in_flight()[0])
            time.sleep(0.05)
        return sum(readings) / len(readings) / self.arguments.cap

    def happen(self, event: str) -> None:
        members, count = self.members, max(1, len(self.members) // 5)
        if event == "kill":
            for member in members[:count]:
                member.is_ended = True
                member.process.kill()
        elif event == "stop":
            for member in members[:count]:
                member.process.send_signal(signal.SIGSTOP)
            time.sleep(10)
            for member in members[:count]:
                member.process.send_signal(signal.SIGCONT)
        elif event == "term":
            for member in members[:count]:
                member.is_ended = True
                member.process.terminate()
        elif event == "store":
            self.store.kill()
            self.store.wait()
            time.sleep(4)
            self.start_store()
        elif event == "pause":
            self.store.send_signal(signal.SIGSTOP)
            time.sleep(4)
            self.store.send_signal(signal.SIGCONT)
        elif event == "flush":
            subprocess.run(["redis-cli", "-p", str(self.store_port), "FLUSHALL"], check=True, stdout=subprocess.DEVNULL)

    def run(self, event: str) -> dict:
        for caller in self.callers:
            caller.start()
        # The first lease time of a new lane.
        warm = self.watch(8)
        use = self.watch(self.arguments.seconds)
        before = self.sandbox.in_flight()[1]
        self.happen(event)
        after = self.watch(self.arguments.seconds + (self.arguments.hold + 6 if event == "kill" else 8))
        late = self.watch(5)
        for caller in self.callers:
            caller.is_over = True
        for caller in self.callers:
            caller.join(60)
        times = sorted(time for caller in self.callers for time in caller.done)
        lines = [line for member in self.members if member.process.poll() is None for line in member.metrics().splitlines()]
        lost, losses = (
            sum(int(line.split()[-1]) for line in lines if line.startswith(f"zuora_gateway_fleet_{name}_total"))
            for name in ("leases_lost", "store_losses"))
        failures = [failure for caller in self.callers for failure in caller.failures]
        return {
            "peak_before": before, "peak": self.sandbox.in_flight()[1], "use": round(use, 3), "warm": round(warm, 3),
            "use_after": round(after, 3), "use_at_the_end": round(late, 3), "calls": len(times),
            "median_s": round(times[len(times) // 2], 2) if times else None, "longest_s": round(times[-1], 2) if times else None,
            "failures": len(failures), "examples": [str(one) for one in failures[:3]], "leases_lost": lost, "store_losses": losses,
        }

    def stop(self) -> None:
        for process in [*(member.process for member in self.members), self.store, self.sandbox.process]:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=20)
    parser.add_argument("--callers", type=int, default=4, help="for each member")
    parser.add_argument("--cap", type=int, default=40)
    parser.add_argument("--call-time", type=int, default=500, help="milliseconds")
    parser.add_argument("--hold", type=int, default=10, help="crash_hold in seconds")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--events", default="none,kill,stop,term,store,pause,flush")
    parser.add_argument("--when-lost", default="wait,local")
    parser.add_argument("--gateway", default=".build/release/zuora-gateway")
    parser.add_argument("--sandbox", default=".build/release/zuora-sandbox")
    arguments = parser.parse_args()
    failed = 0
    for name, server in stores.installed().items():
        for when_lost in arguments.when_lost.split(","):
            for event in arguments.events.split(","):
                with tempfile.TemporaryDirectory() as folder:
                    scene = Scene(arguments, server, pathlib.Path(folder), when_lost)
                    try:
                        scene.start_members()
                        result = scene.run(event)
                    finally:
                        scene.stop()
                # Without the store, `local` is approximate.
                is_exact = when_lost == "wait" or event in ("none", "kill", "stop", "term")
                good = result["failures"] == 0 and (not is_exact or result["peak"] <= arguments.cap)
                failed += not good
                print("ok  " if good else "FAIL", name, when_lost, event, json.dumps(result), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    os.environ.pop("HTTPS_PROXY", None)
    sys.exit(main())
