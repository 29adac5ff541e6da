"""Our side: the executable wire-probe."""

import json
import struct
import subprocess


class Refused:
    """A text that is not accepted, and why."""

    def __init__(self, reason: str):
        self.reason = reason


class Probe:
    def __init__(self, path: str):
        self.path = path

    def run(self, texts: list[bytes]) -> list:
        """What each text is read as, in the form that reading.py describes; or Refused."""
        data = b"".join(struct.pack(">II", len(text), len(text)) + text for text in texts)
        output = subprocess.run([self.path, "toml"], input=data, check=True, stdout=subprocess.PIPE).stdout
        lines = output.splitlines()
        assert len(lines) == len(texts), "the probe gave no result for some text"
        reports = [json.loads(line) for line in lines]
        return [
            Refused(bytes.fromhex(report["error"]).decode()) if "error" in report else report["value"] for report in reports
        ]
