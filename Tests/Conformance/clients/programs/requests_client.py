"""Python requests, on urllib3: one session, and so one connection."""

import requests

import steps

base, name = steps.arguments()
run = steps.Steps(name)
with requests.Session() as session:
    session.trust_env = False
    answer = session.delete(base + run.job_path, headers=run.cancel_fields, timeout=30)
    run.cancelled(answer.status_code, answer.headers, answer.content)
    answer = session.get(base + run.job_path, timeout=30)
    run.looked(answer.status_code, answer.content)
    answer = session.post(base + "/v1/batch-query", data=run.submission(), headers={"Content-Type": "application/json"}, timeout=30)
    run.submitted("post: a job is submitted", answer.status_code, answer.content)
    pieces = (run.submission(300_000)[start:start + 5000] for start in range(0, 400_000, 5000))
    answer = session.post(base + "/v1/batch-query", data=pieces, headers={"Content-Type": "application/json"}, timeout=30)
    run.submitted("post: so is one that comes in chunks", answer.status_code, answer.content)
    answer = session.get(base + "/v1/files/file-1MiB", timeout=30)
    run.expect("gzip: the answer is compressed", answer.headers.get("Content-Encoding"), "gzip")
    run.downloaded("gzip: and complete", answer.status_code, answer.content)
    answer = session.get(base + "/v1/files/file-1MiB", headers={"Accept-Encoding": "identity"}, timeout=30)
    run.expect("plain: the answer is not compressed", answer.headers.get("Content-Encoding"), None)
    run.downloaded("plain: and complete", answer.status_code, answer.content)
    refused = session.get(base + "/v1/nothing", timeout=30)
    run.expect("problem: the gateway's own answer is read", (refused.status_code, refused.json()["status"]), (404, 404))
run.end()
