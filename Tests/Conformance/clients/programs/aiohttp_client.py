"""Python aiohttp, on llhttp: one session, and so one connection for requests one after the other. Expects 100-continue, too."""

import asyncio

import aiohttp

import steps

JSON = {"Content-Type": "application/json"}


async def main():
    base, name = steps.arguments()
    run = steps.Steps(name)

    async def pieces():
        content = run.submission(300_000)
        for start in range(0, len(content), 5000):
            yield content[start:start + 5000]

    async with aiohttp.ClientSession(base, timeout=aiohttp.ClientTimeout(total=30)) as session:
        async with session.delete(run.job_path, headers=run.cancel_fields) as answer:
            run.cancelled(answer.status, answer.headers, await answer.read())
        async with session.get(run.job_path) as answer:
            run.looked(answer.status, await answer.read())
        async with session.post("/v1/batch-query", data=run.submission(), headers=JSON) as answer:
            run.submitted("post: a job is submitted", answer.status, await answer.read())
        async with session.post("/v1/batch-query", data=pieces(), headers=JSON) as answer:
            run.submitted("post: so is one that comes in chunks", answer.status, await answer.read())
        async with session.post("/v1/batch-query", data=run.submission(300_000), headers=JSON, expect100=True) as answer:
            run.submitted("post: so is one that waits for 100 Continue", answer.status, await answer.read())
        async with session.get("/v1/files/file-1MiB", headers={"Accept-Encoding": "gzip"}) as answer:
            run.expect("gzip: the answer is compressed", answer.headers.get("Content-Encoding"), "gzip")
            run.downloaded("gzip: and complete", answer.status, await answer.read())
        async with session.get("/v1/files/file-1MiB", headers={"Accept-Encoding": "identity"}) as answer:
            run.expect("plain: the answer is not compressed", answer.headers.get("Content-Encoding"), None)
            run.downloaded("plain: and complete", answer.status, await answer.read())
        async with session.get("/v1/nothing") as answer:
            problem = await answer.json(content_type=None)
            run.expect("problem: the gateway's own answer is read", (answer.status, problem["status"]), (404, 404))
    run.end()


asyncio.run(main())
