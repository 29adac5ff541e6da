"""Python httpx, on h11: one client, and so one connection."""

import httpx

import steps

base, name = steps.arguments()
run = steps.Steps(name)
with httpx.Client(base_url=base, trust_env=False, timeout=30) as client:
    answer = client.delete(run.job_path, headers=run.cancel_fields)
    run.cancelled(answer.status_code, answer.headers, answer.content)
    answer = client.get(run.job_path)
    run.looked(answer.status_code, answer.content)
    answer = client.post("/v1/batch-query", content=run.submission(), headers={"Content-Type": "application/json"})
    run.submitted("post: a job is submitted", answer.status_code, answer.content)
    pieces = (run.submission(300_000)[start:start + 5000] for start in range(0, 400_000, 5000))
    answer = client.post("/v1/batch-query", content=pieces, headers={"Content-Type": "application/json"})
    run.submitted("post: so is one that comes in chunks", answer.status_code, answer.content)
    answer = client.get("/v1/files/file-1MiB")
    run.expect("gzip: the answer is compressed", answer.headers.get("Content-Encoding"), "gzip")
    run.downloaded("gzip: and complete", answer.status_code, answer.content)
    answer = client.get("/v1/files/file-1MiB", headers={"Accept-Encoding": "identity"})
    run.expect("plain: the answer is not compressed", answer.headers.get("Content-Encoding"), None)
    run.downloaded("plain: and complete", answer.status_code, answer.content)
    refused = client.get("/v1/nothing")
    run.expect("problem: the gateway's own answer is read", (refused.status_code, refused.json()["status"]), (404, 404))
run.end()
