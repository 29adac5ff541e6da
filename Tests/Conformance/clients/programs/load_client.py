"""wrk and ab, shortly: many requests over many connections, every answer as it should be."""

import pathlib
import re
import subprocess
import sys
import tempfile

import steps

base, name = steps.arguments()
tool = sys.argv[4]
run = steps.Steps(name)
url = base + "/v1/batch-query/jobs/done"


def output(*arguments: str) -> str:
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    run.expect(f"{' '.join(arguments[:-1])} ends well", done.returncode, 0)
    return done.stdout + done.stderr


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


def wrk(*arguments: str):
    text = output("wrk", "-t", "1", "-c", "16", "-d", "2s", *arguments)
    count = number(r"(\d+) requests in", text)
    run.expect("wrk: answers came", count > 100, True)
    run.expect("wrk: no error", re.findall(r"Socket errors.*|Non-2xx.*", text), [])
    print(f"        ({count} requests)")


def ab(*arguments: str, to: str = url):
    text = output("ab", "-q", "-n", "2000", "-c", "8", *arguments, to)
    run.expect("ab: all are answered", number(r"Complete requests:\s+(\d+)", text), 2000)
    run.expect("ab: none badly", (number(r"Failed requests:\s+(\d+)", text), "Non-2xx" in text), (0, False))
    run.expect("ab: connections are kept as asked", number(r"Keep-Alive requests:\s+(\d+)", text), 2000 if "-k" in arguments else 0)


if tool == "wrk":
    wrk(url)
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder, "cancel.lua")
        script.write_text('wrk.method = "DELETE"\n')
        wrk("-s", str(script), base + "/v1/batch-query/jobs/executing.wrk")
else:
    ab("-k")
    ab()
    with tempfile.NamedTemporaryFile() as body:
        body.write(run.submission())
        body.flush()
        # Answers differ in the job's id, not in length.
        ab("-k", "-p", body.name, "-T", "application/json", to=base + "/v1/batch-query")
run.end()
