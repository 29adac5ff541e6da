"""What every client does, and what is said of it; the client itself only sends."""

import json
import sys
import zlib

FILE_SIZE = 1 << 20
TRACK = "Zuora-Track-Id"


class Steps:
    """Checks one client's answers: each step prints a line, and `end` ends the program."""

    def __init__(self, name: str):
        self.name = name
        self.failures = 0
        self.job = f"executing.{name}"

    def expect(self, step: str, found, wanted):
        if found == wanted:
            print(f"ok      {step}")
        else:
            self.failures += 1
            print(f"FAILED  {step}: {found!r}, not {wanted!r}")

    # What to send.

    @property
    def job_path(self) -> str:
        return f"/v1/batch-query/jobs/{self.job}"

    @property
    def cancel_fields(self) -> dict[str, str]:
        return {"X-Zuora-Tenant": "acme", TRACK: f"{self.name}-1"}

    @staticmethod
    def submission(size: int = 0) -> bytes:
        """A job to submit, of at least so many bytes; no two bytes runs alike, so that a piece that is lost or doubled shows."""
        text = "".join(f"{number:07x} " for number in range(size // 8))
        query = {"name": "accounts", "query": f"select Id from Account -- {text}", "type": "zoqlexport"}
        return json.dumps({"format": "csv", "version": "1.1", "name": "nightly", "queries": [query]}).encode()

    # What must have come.

    def cancelled(self, status: int, fields, body: bytes):
        self.expect("cancel: DELETE is answered", status, 200)
        self.expect("cancel: the outcome is told", fields.get("Gateway-Outcome"), "cancelled")
        self.expect("cancel: the track id comes back", fields.get(TRACK), f"{self.name}-1")
        self.expect("cancel: the body is Zuora's", json.loads(body).get("status"), "cancelled")

    def looked(self, status: int, body: bytes):
        self.expect("get: the job is cancelled", (status, json.loads(body).get("status")), (200, "cancelled"))

    def submitted(self, step: str, status: int, body: bytes):
        self.expect(step, (status, bool(json.loads(body).get("id")) if status == 200 else body), (200, True))

    def downloaded(self, step: str, status: int, body: bytes):
        self.expect(step, (status, len(body), zlib.crc32(body)), (200, FILE_SIZE, crc_of_file()))

    def end(self):
        sys.exit(1 if self.failures else 0)


def crc_of_file() -> int:
    """Of the file's content, as sent by the sandbox; passed by the run."""
    return int(sys.argv[3])


def arguments() -> tuple[str, str]:
    """Base URL and the client's name."""
    return sys.argv[1], sys.argv[2]
