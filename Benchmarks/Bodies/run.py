#!/usr/bin/env python3
"""Measures the throughput of a large file through the gateway and through nginx: passed through plain, passed through compressed, and
inflated. The upstream is nginx, plain HTTP with sendfile. The proxy has its own core; everything else shares the other one.

    Benchmarks/Bodies/run.sh [--mebibytes N] [--rounds N] [--program PATH]
"""

import argparse
import os
import pathlib
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from ports import free_port  # noqa: E402

PROXY_CORE, OTHER_CORE = 0, 1
TOKEN = "0123456789abcdef0123456789abcdef"
TICK = os.sysconf("SC_CLK_TCK")
# What the upstream has, and what the caller takes.
MODES = {"plain": ("plain", "identity"), "gzip, passed on": ("packed", "gzip"), "gzip, inflated": ("packed", "identity")}


def rows(rng, size):
    """CSV that compresses about as well as real exports do."""
    out = bytearray()
    while len(out) < size:
        out += (f"{rng.getrandbits(128):032x},A-{rng.randrange(10**8):08d},2026-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d},"
                f"{rng.randrange(10**6) / 100:.2f},USD,Active,Net 30\n").encode()
    return bytes(out[:size])


def make_files(folder, mebibytes):
    """Blocks in an order that no window of 32 KiB can see through."""
    rng = random.Random(7)
    blocks = [rows(rng, 1 << 20) for _ in range(8)]
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    with open(folder / "plain", "wb") as plain, open(folder / "packed", "wb") as packed:
        for index in range(mebibytes):
            plain.write(blocks[index % 8])
            packed.write(packer.compress(blocks[index % 8]))
        packed.write(packer.flush())


def nginx(folder, name, server):
    folder = folder / name
    folder.mkdir()
    (folder / "conf").write_text(f"""
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error;
events {{ worker_connections 256; }}
http {{
    access_log off;
    sendfile on; tcp_nopush on;
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3; uwsgi_temp_path {folder}/4;
    scgi_temp_path {folder}/5;
    keepalive_requests 1000000000;
    {server}
}}
""")
    return ["nginx", "-c", folder / "conf"]


def upstream(folder, port):
    answer = f'{{"access_token":"{TOKEN}","token_type":"bearer","expires_in":3598}}'
    return nginx(folder, "upstream", f"""
    server {{
        listen 127.0.0.1:{port};
        default_type text/csv;
        location = /oauth/token {{ default_type application/json; return 200 '{answer}'; }}
        location = /v1/files/plain {{ alias {folder}/plain; }}
        location = /v1/files/packed {{ add_header Content-Encoding gzip; alias {folder}/packed; }}
    }}""")


def peer(folder, port, upstream_port):
    return nginx(folder, "peer", f"""
    upstream zuora {{ server 127.0.0.1:{upstream_port}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://zuora;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Authorization "Bearer {TOKEN}";
            proxy_set_header Accept-Encoding gzip;
            proxy_max_temp_file_size 0;
            gunzip on;
        }}
    }}""")


def ours(folder, program, port, upstream_port):
    (folder / "proxy.conf").write_text(f"""
[gateway]
listen = ["127.0.0.1:{port}"]
admin = "off"
default_tenant = "acme"
[tenants.acme]
upstream = "http://127.0.0.1:{upstream_port}"
client_id = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"
client_secret = "sandbox-secret"
routes = ["files.get"]
""")
    return [program, "run", "--config", folder / "proxy.conf"]


def start(command, core, folder, port):
    log = open(folder / "log", "ab")
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                               preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.01)
    sys.exit("nothing listens: " + (folder / "log").read_text(errors="replace")[-2000:])


def processor_time(process):
    """Seconds that all threads of a process have run, in user and kernel mode."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def fetch(port, mode, expected, process):
    """Seconds on the clock and on the proxy's processor."""
    file, coding = MODES[mode]
    before, began = processor_time(process), time.monotonic()
    run = subprocess.run(["taskset", "-c", str(OTHER_CORE), "curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{size_download}",
                          "-H", f"Accept-Encoding: {coding}", f"http://127.0.0.1:{port}/v1/files/{file}"],
                         capture_output=True, text=True, timeout=120)
    took, used = time.monotonic() - began, processor_time(process) - before
    if run.returncode or run.stdout != f"200 {expected}":
        sys.exit(f"{mode}: wrong answer: {run.stdout}, curl {run.returncode}")
    return took, used


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mebibytes", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", default=".build-shipped/release/zuora-gateway")
    arguments = parser.parse_args()
    upstream_port, port, peer_port = free_port(), free_port(), free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_files(folder, arguments.mebibytes)
        sizes = {"plain": (folder / "plain").stat().st_size, "packed": (folder / "packed").stat().st_size}
        processes = [start(upstream(folder, upstream_port), OTHER_CORE, folder, upstream_port)]
        proxies = {
            "zuora-gateway": (start(ours(folder, arguments.program, port, upstream_port), PROXY_CORE, folder, port), port),
            "nginx": (start(peer(folder, peer_port, upstream_port), PROXY_CORE, folder, peer_port), peer_port),
        }
        try:
            report(arguments, proxies, sizes)
        finally:
            for process in processes + [process for process, _ in proxies.values()]:
                process.send_signal(signal.SIGTERM)
                process.wait(10)


def report(arguments, proxies, sizes):
    results = {}
    for _ in range(arguments.rounds + 1):
        for mode, (file, coding) in MODES.items():
            expected = sizes["packed"] if coding == "gzip" else sizes["plain"]
            for name, (process, port) in proxies.items():
                results.setdefault((mode, name), []).append(fetch(port, mode, expected, process))
    print(f"{arguments.mebibytes} MiB of CSV ({sizes['packed'] >> 20} MiB compressed), one download at a time, medians of {arguments.rounds}\n")
    print("| | MiB/s, gateway | MiB/s, nginx | ratio | CPU s, gateway | CPU s, nginx |\n|---|---|---|---|---|---|")
    for mode, (_, coding) in MODES.items():
        # The first round warms up.
        size = (sizes["packed"] if coding == "gzip" else sizes["plain"]) / (1 << 20)
        rates, used = {}, {}
        for name in proxies:
            rounds = results[mode, name][1:]
            rates[name] = size / statistics.median(took for took, _ in rounds)
            used[name] = statistics.median(cpu for _, cpu in rounds)
        print(f"| {mode} | {rates['zuora-gateway']:.0f} | {rates['nginx']:.0f} | {rates['zuora-gateway'] / rates['nginx']:.2f} "
              f"| {used['zuora-gateway']:.2f} | {used['nginx']:.2f} |")


if __name__ == "__main__":
    main()
