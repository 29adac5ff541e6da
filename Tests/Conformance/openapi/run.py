"""Validates the gateway's OpenAPI description, and has schemathesis compare the running gateway with it.

schemathesis makes requests from the description, valid and invalid ones, and checks each response against it: its status, its media
type, its header fields and its content. Behind the gateway is the sandbox.

    Tests/Conformance/run.sh openapi [EXAMPLES]

EXAMPLES is how many requests are made of each kind at most: 40 if not given.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from openapi_spec_validator import validate

import calls
import processes
import services
from expectations import expect, finish

# Not compared: a problem may be a 5xx, by design; Zuora, not the gateway, judges content; the gateway accepts more than the
# description says of fields that it does not read itself; and methods that are not described are tried below, since schemathesis sends
# them with content or two keys, which is refused first.
CHECKS = ("content_type_conformance", "response_headers_conformance", "response_schema_conformance", "status_code_conformance",
          "ignored_auth")


def schemathesis(document: dict, gateway: str, examples: int, *arguments: str):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "openapi.json")
        path.write_text(json.dumps(document))
        command = [pathlib.Path(sys.executable).with_name("schemathesis"), "run", path, "--url", gateway, "--checks",
                   ",".join(CHECKS), "--max-examples", str(examples), "--seed", "7", "--request-timeout", "20", "--no-color", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=500,
                              env=processes.environment())


def undescribed(document: dict, gateway: str, fields: dict):
    """A method that a path does not have gets a 405 that lists those that it has."""
    for path, methods in document["paths"].items():
        response = calls.fetch(gateway + path.replace("{", "").replace("}", ""), "LOCK", **fields)
        allowed = {method.strip().lower() for method in response.fields.get("Allow", "").split(",")} - {"head"}
        expect(f"LOCK {path} is refused", (response.status, allowed), (405, set(methods)))


def compare(name: str, sandbox: str, examples: int, tables: str = "", tenant: str = "", **fields: str):
    admin = services.free_port()
    with services.gateway(sandbox, tables, tenant, admin) as gateway:
        document = calls.fetch(f"http://127.0.0.1:{admin}/openapi.json").json()
        validate(document)
        print(f"ok      {name}: the description is valid")
        undescribed(document, gateway, fields)
        given = [part for field in fields.items() for part in ("--header", ": ".join(field))]
        run = schemathesis(document, gateway, examples, *given)
        expect(f"{name}: the gateway does what it says", run.returncode, 0)
        if run.returncode:
            print(run.stdout[-8000:], run.stderr[-2000:], file=sys.stderr)
        else:
            print("\n".join(line for line in run.stdout.splitlines() if "generated" in line or "passed" in line))


def main() -> int:
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    key, line = services.new_key()
    caller = f"\n[callers.reports]\n{line}\n"
    with services.sandbox() as sandbox:
        compare("trusting", sandbox, examples, 'health_path = "/healthz"\n', 'outcome_status = "strict"\nqueue_timeout = "1s"')
        compare("with a key", sandbox, examples, caller, "", **{"X-Gateway-Key": key})
    problems = json.loads(subprocess.run([processes.binary(), "problems"], check=True, capture_output=True).stdout)
    expect("the problem types are unique", len({each["type"] for each in problems["problems"]}), len(problems["problems"]))
    return finish()


if __name__ == "__main__":
    sys.exit(main())
