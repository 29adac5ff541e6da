#!/usr/bin/env python3
"""Compares the gateway with other proxies. docs/performance.md describes what is measured, and how."""

import argparse
import contextlib
import datetime
import gzip
import http.client
import json
import os
import pathlib
import platform
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import contestants
import plot
import upstream

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from ports import free_port  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PATH = "/v1/batch-query/jobs/2c92c0f86cbe335a016cbe5c2dcb0e7e"
TICK = 1_000_000 / os.sysconf("SC_CLK_TCK")
PROXY_CORE, OTHER_CORE = 0, 1
# Measured where the answer is inflated, and where it is passed on.
MODES = ("inflated", "gzip")
COLUMNS = {
    "cpu": "CPU µs/request", "rate": "requests/s, 64 conn.", "p50_1": "p50 µs, 1 conn.", "p99_1": "p99 µs, 1 conn.",
    "p50_64": "p50 µs, 64 conn.", "p99_64": "p99 µs, 64 conn.", "idle": "RSS MB, idle", "loaded": "RSS MB, loaded",
    "many": "RSS MB, {connections} idle conn.", "each": "bytes/idle conn.", "start": "start to first response, ms",
}


def start(command, core, folder):
    log = open(folder / "log", "ab")
    return subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=log, stdin=subprocess.DEVNULL, cwd=folder,
                            env=os.environ | {"BENCHMARK_SECRET": "sandbox-secret"},
                            preexec_fn=lambda: os.sched_setaffinity(0, {core}))


def stop(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def processor_time(process):
    """Microseconds that all threads of a process have run, in user and kernel mode."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def resident(process):
    """Resident memory in bytes."""
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no VmRSS")


def ask(port, mode):
    """Sends one cancel. Returns status, fields and content."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.putrequest("DELETE", PATH, skip_accept_encoding=True)
    connection.putheader("X-Zuora-Tenant", "acme")
    if mode == "gzip":
        connection.putheader("Accept-Encoding", "gzip")
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def await_port(port, process, folder):
    while process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
    sys.exit("the upstream did not start: " + (folder / "log").read_text())


def await_answer(port, mode, process, folder, began):
    """Milliseconds until the first answer, which is checked."""
    while time.monotonic() - began < 20:
        if process.poll() is not None:
            break
        try:
            status, fields, content = ask(port, mode)
        except OSError:
            time.sleep(0.001)
            continue
        if status == 503:
            time.sleep(0.001)
            continue
        took = (time.monotonic() - began) * 1000
        packed = fields.get("Content-Encoding") == "gzip"
        if status != 200 or packed != (mode == "gzip") or (gzip.decompress(content) if packed else content) != upstream.JOB.encode():
            raise RuntimeError(f"wrong answer: {status} {dict(fields)} {content[:200]}")
        return took
    raise RuntimeError("no answer: " + (folder / "log").read_text(errors="replace")[-2000:])


def load(port, mode, connections, seconds):
    command = ["taskset", "-c", str(OTHER_CORE), "wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "-s", HERE / "load.lua"]
    if mode == "gzip":
        command += ["-H", "Accept-Encoding: gzip"]
    output = subprocess.run([*command, f"http://127.0.0.1:{port}{PATH}"], check=True, capture_output=True, text=True).stdout
    requests, duration, p50, p99, errors = map(int, output.partition("RESULT ")[2].split())
    if errors or not requests:
        raise RuntimeError(f"{errors} errors in {requests} requests")
    return requests, duration, p50, p99


def hold(port, mode, count, process):
    """Resident bytes with `count` connections open, each of which has had an answer."""
    coding = "Accept-Encoding: gzip\r\n" if mode == "gzip" else ""
    request = f"DELETE {PATH} HTTP/1.1\r\nHost: x\r\nX-Zuora-Tenant: acme\r\n{coding}\r\n".encode()
    held = []
    try:
        while len(held) < count:
            some = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(min(32, count - len(held)))]
            held += some
            for connection in some:
                connection.sendall(request)
            for connection in some:
                if b" 200 " not in connection.recv(65536)[:20]:
                    raise RuntimeError("no 200 on a connection that was to be held")
        time.sleep(1)
        return resident(process)
    finally:
        for connection in held:
            connection.close()


def lift_descriptor_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def running_upstream():
    """The upstream of all proxies: its port, the certificate of its authority, and its process id."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        server = {"port": free_port(), "authority": upstream.certificate(folder)}
        process = start(upstream.command(folder, server["port"]), OTHER_CORE, folder)
        try:
            server["process"] = process.pid
            await_port(server["port"], process, folder)
            yield server
        finally:
            stop(process)


@contextlib.contextmanager
def running_proxy(prepare, mode, server):
    """A proxy that has given a first response: its process, its place, and the milliseconds that it took.

    `prepare` writes the configuration in a place, and returns the command.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        place = contestants.Place(folder, free_port(), server["port"], server["authority"])
        command = prepare(place)
        began = time.monotonic()
        process = start(command, PROXY_CORE, folder)
        try:
            yield process, place, await_answer(place.port, mode, process, folder, began)
        finally:
            stop(process)


def measure(contestant, mode, server, options):
    with running_proxy(lambda place: contestant.prepare(place, mode == "inflated"), mode, server) as (process, place, took):
        result = {"start": took}
        time.sleep(0.3)
        result["idle"] = resident(process) / 1e6
        load(place.port, mode, 64, 1)
        before = processor_time(process)
        requests, duration, result["p50_64"], result["p99_64"] = load(place.port, mode, 64, options.seconds)
        result["cpu"] = (processor_time(process) - before) / requests
        result["rate"] = requests * 1e6 / duration
        result["loaded"] = resident(process) / 1e6
        _, _, result["p50_1"], result["p99_1"] = load(place.port, mode, 1, options.seconds)
        if options.connections:
            before = resident(process)
            after = hold(place.port, mode, options.connections, process)
            result["many"] = after / 1e6
            result["each"] = max(0, after - before) / options.connections
        return result


def table(results, options, mode):
    columns = [key for key in COLUMNS if options.connections or key not in ("many", "each")]
    names = [name for name in results if results[name].get(mode)]
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for key in columns:
        values = [statistics.median(round_[key] for round_ in results[name][mode]) for name in names]
        digits = 1 if key in ("cpu", "idle", "loaded", "many") else 0
        lines.append(f"| {COLUMNS[key].format(connections=f'{options.connections:,}')} | "
                     + " | ".join(f"{value:,.{digits}f}" for value in values) + " |")
    return "\n".join(lines)


def ratios(results, mode):
    """Medians of the ratios of each round: the machine's speed changes between rounds, and hardly within one."""
    ours = results["zuora-gateway"][mode]
    others = [name for name in ("nginx", "envoy") if results.get(name, {}).get(mode)]
    lines = ["| zuora-gateway relative to | " + " | ".join(others) + " |", "|---|" + "---:|" * len(others)]
    for key in ("cpu", "p50_1", "p99_1", "idle"):
        values = [statistics.median(a[key] / b[key] for a, b in zip(ours, results[name][mode])) for name in others]
        lines.append(f"| {COLUMNS[key]} | " + " | ".join(f"{value:.2f}" for value in values) + " |")
    return "\n".join(lines)


def machine():
    model = next((line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=10, help="of each load")
    parser.add_argument("--connections", type=int, default=10_000, help="held idle; 0 leaves that out")
    parser.add_argument("--only", help="names of contestants, with commas between")
    parser.add_argument("--quick", action="store_true", help="one round of 2 seconds, 1,000 connections")
    parser.add_argument("--program", type=os.path.abspath, default=str(ROOT / ".build-shipped/release/zuora-gateway"))
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / ".build-benchmark/peers", help="folder for JSON and table")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds, options.connections = 1, 2, 1000
    if os.cpu_count() < 2:
        sys.exit("two cores are needed: one for the proxy, one for the rest")
    lift_descriptor_limit()

    everybody = [c for c in contestants.everybody(options.program) if not options.only or c.name in options.only.split(",")]
    present = [c for c in everybody if c.program()]
    for contestant in everybody:
        print(contestant.name, contestant.version() if contestant in present else "is not installed", flush=True)
    results = {c.name: {mode: [] for mode in MODES} for c in present}
    began_load = os.getloadavg()[0]
    with running_upstream() as server:
        for round_ in range(options.rounds):
            for mode in MODES:
                for contestant in present:
                    if mode == "inflated" and not contestant.inflates:
                        continue
                    try:
                        result = measure(contestant, mode, server, options)
                    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
                        print(f"{contestant.name}, {mode}: {error}", flush=True)
                        continue
                    results[contestant.name][mode].append(result)
                    print(f"round {round_ + 1}, {mode}, {contestant.name}: "
                          + ", ".join(f"{key} {value:.1f}" for key, value in result.items()), flush=True)

    options.output.mkdir(parents=True, exist_ok=True)
    record = {
        "date": datetime.date.today().isoformat(), "machine": machine(), "load_average": [began_load, os.getloadavg()[0]],
        "rounds": options.rounds, "seconds": options.seconds, "connections": options.connections,
        "versions": {c.name: c.version() for c in present}, "results": results,
    }
    (options.output / "results.json").write_text(json.dumps(record, indent=1) + "\n")
    text = "\n\n".join(f"**{'Inflated for the caller' if mode == 'inflated' else 'Gzip passed on'}**\n\n{table(results, options, mode)}\n\n{ratios(results, mode)}"
                       for mode in MODES)
    (options.output / "table.md").write_text(text + "\n")
    (options.output / "plot.svg").write_text(plot.draw(results, {"inflated": "inflated", "gzip": "gzip passed on"}))
    print(f"\n{record['machine']}\n\n{text}")
    if not all(results[c.name]["gzip"] for c in present):
        sys.exit("not every proxy could be measured")


if __name__ == "__main__":
    main()
