"""curl: HTTP/1.1 and 1.0, chunked and expectant uploads, an offer of h2c, compression. A process, and so a connection, for each."""

import pathlib
import subprocess
import tempfile

import steps

base, name = steps.arguments()
run = steps.Steps(name)


class Fields(dict):
    def get(self, name, default=None):
        return super().get(name.lower(), default)


def curl(*arguments: str) -> tuple[int, Fields, bytes, str]:
    """Status, fields and body of the last answer, and what curl says of the exchange."""
    with tempfile.TemporaryDirectory() as folder:
        head, body = pathlib.Path(folder, "head"), pathlib.Path(folder, "body")
        done = subprocess.run(
            ["curl", "--silent", "--verbose", "--noproxy", "*", "--max-time", "30", "-D", head, "-o", body, *arguments],
            capture_output=True, text=True)
        run.expect(f"curl {' '.join(arg for arg in arguments if arg.startswith('-'))} ends well", done.returncode, 0)
        last = head.read_text().strip().split("\n\n")[-1].splitlines() if head.exists() else ["HTTP/1.1 0"]
        fields = Fields(line.lower().split(": ", 1)[0:1] + line.split(": ", 1)[1:] for line in last[1:] if ": " in line)
        return int(last[0].split()[1]), fields, body.read_bytes() if body.exists() else b"", done.stderr


fields = [argument for pair in run.cancel_fields.items() for argument in ("-H", ": ".join(pair))]
status, found, body, _ = curl("-X", "DELETE", *fields, base + run.job_path)
run.cancelled(status, found, body)
status, _, body, _ = curl(base + run.job_path)
run.looked(status, body)

for version in ["--http1.0", "--http1.1", "--http2"]:
    other = f"/v1/batch-query/jobs/{run.job}.{version[2:]}"
    status, found, body, said = curl(version, "-X", "DELETE", *fields, base + other)
    run.expect(f"{version}: a cancel", (status, found.get("Gateway-Outcome")), (200, "cancelled"))
    status, found, body, said = curl(version, base + "/v1/files/file-1MiB")
    run.downloaded(f"{version}: a large file", status, body)
    if version == "--http1.0":
        run.expect("--http1.0: is not sent chunks", found.get("Transfer-Encoding"), None)
    if version == "--http2":
        run.expect("--http2: an offer of h2c is passed over", "101 Switching" in said, False)
status, found, body, _ = curl("--compressed", base + "/v1/files/file-1MiB")
run.expect("gzip: the answer is compressed", found.get("Content-Encoding"), "gzip")
run.downloaded("gzip: and complete", status, body)

with tempfile.TemporaryDirectory() as folder:
    small, large = pathlib.Path(folder, "small"), pathlib.Path(folder, "large")
    small.write_bytes(run.submission())
    large.write_bytes(run.submission(900_000))
    huge = pathlib.Path(folder, "huge")
    huge.write_bytes(bytes(20_000_000))
    upload = ["-H", "Content-Type: application/json", base + "/v1/batch-query", "--data-binary"]
    status, _, body, _ = curl(*upload, f"@{small}")
    run.submitted("post: a job is submitted", status, body)
    status, _, body, _ = curl("--http1.0", *upload, f"@{small}")
    run.submitted("post: so is one by HTTP/1.0", status, body)
    status, _, body, _ = curl("-H", "Transfer-Encoding: chunked", *upload, f"@{large}")
    run.submitted("post: so is one that comes in chunks", status, body)
    status, _, body, said = curl("-H", "Expect: 100-continue", "--expect100-timeout", "20", *upload, f"@{large}")
    run.submitted("post: so is one that waits for 100 Continue", status, body)
    run.expect("post: which comes", "HTTP/1.1 100 Continue" in said, True)
    status, _, body, said = curl("-H", "Expect: 100-continue", "--expect100-timeout", "20", *upload, f"@{huge}")
    run.expect("post: one that is too large is refused before it is sent", (status, "100 Continue" in said), (413, False))
    status, _, body, said = curl("-H", "Transfer-Encoding: chunked", *upload, f"@{huge}")
    run.expect("post: and while it is sent, if nothing was announced", status, 413)

# Two requests by one process: the second needs no connection.
done = subprocess.run(
    ["curl", "--silent", "--noproxy", "*", "--max-time", "30", "-w", "%{num_connects} ", "-o", "/dev/null", "-o", "/dev/null",
     base + run.job_path, base + run.job_path], capture_output=True, text=True)
run.expect("reuse: the second request needs no connection", done.stdout.split(), ["1", "0"])
run.end()
