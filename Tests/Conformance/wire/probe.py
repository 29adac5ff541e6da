"""Our side: the executable wire-probe."""

import json
import struct
import subprocess

from session import Request, Session

BYTE_BY_BYTE = 0xFFFFFFFF


def run(path: str, subject: str, frames: list[tuple[bytes, int]]) -> list[dict]:
    """Feeds each frame's bytes, cut at the given offset, to a connection of its own.

    subject: requests or responses."""
    data = b"".join(struct.pack(">II", len(bytes_), cut) + bytes_ for bytes_, cut in frames)
    output = subprocess.run([path, subject], input=data, check=True, stdout=subprocess.PIPE).stdout
    lines = output.splitlines()
    assert len(lines) == len(frames), "the probe did not report on every frame"
    return [json.loads(line) for line in lines]


class Probe:
    def __init__(self, path: str):
        self.path = path

    def run(self, frames: list[tuple[bytes, int]]) -> list[Session]:
        return [self._session(report) for report in run(self.path, "requests", frames)]

    @staticmethod
    def _session(report: dict) -> Session:
        requests = [
            Request(
                method=bytes.fromhex(request["method"]),
                target=bytes.fromhex(request["target"]),
                version="1." + str(request["version"]),
                fields=[(bytes.fromhex(name), bytes.fromhex(value)) for name, value in request["fields"]],
                body=bytes.fromhex(request["body"]),
                keeps_alive=request["keepsAlive"],
            )
            for request in report["requests"]
        ]
        return Session(requests, report["end"], report.get("status", 0), report.get("reason", ""))
