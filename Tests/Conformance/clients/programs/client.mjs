// Node's fetch, on undici: requests one after the other go over connections that are kept.
import { crc32 } from "./crc32.mjs";

const [base, name, crc] = process.argv.slice(2);
let failures = 0;

function expect(step, found, wanted) {
    const isGood = JSON.stringify(found) === JSON.stringify(wanted);
    if (!isGood) failures += 1;
    console.log(isGood ? `ok      ${step}` : `FAILED  ${step}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
}

function submission(size) {
    let text = "";
    for (let number = 0; number < size / 8; number += 1) text += number.toString(16).padStart(7, "0") + " ";
    const query = { name: "accounts", query: `select Id from Account -- ${text}`, type: "zoqlexport" };
    return JSON.stringify({ format: "csv", version: "1.1", name: "nightly", queries: [query] });
}

function send(path, options = {}) {
    return fetch(base + path, { signal: AbortSignal.timeout(30000), ...options });
}

const job = `/v1/batch-query/jobs/executing.${name}`;
const json = { "Content-Type": "application/json" };

let answer = await send(job, { method: "DELETE", headers: { "X-Zuora-Tenant": "acme", "Zuora-Track-Id": `${name}-1` } });
expect("cancel: DELETE is answered", answer.status, 200);
expect("cancel: the outcome is told", answer.headers.get("Gateway-Outcome"), "cancelled");
expect("cancel: the track id comes back", answer.headers.get("Zuora-Track-Id"), `${name}-1`);
expect("cancel: the body is Zuora's", (await answer.json()).status, "cancelled");

answer = await send(job);
expect("get: the job is cancelled", (await answer.json()).status, "cancelled");

answer = await send("/v1/batch-query", { method: "POST", headers: json, body: submission(0) });
expect("post: a job is submitted", Boolean((await answer.json()).id), true);

const stream = new Blob([submission(300000)]).stream();
answer = await send("/v1/batch-query", { method: "POST", headers: json, body: stream, duplex: "half" });
expect("post: so is one that comes in chunks", Boolean((await answer.json()).id), true);

answer = await send("/v1/files/file-1MiB");
expect("gzip: the answer is compressed", answer.headers.get("Content-Encoding"), "gzip");
let content = Buffer.from(await answer.arrayBuffer());
expect("gzip: and complete", [content.length, crc32(content)], [1048576, Number(crc)]);

answer = await send("/v1/files/file-1MiB", { headers: { "Accept-Encoding": "identity" } });
expect("plain: the answer is not compressed", answer.headers.get("Content-Encoding"), null);
content = Buffer.from(await answer.arrayBuffer());
expect("plain: and complete", [content.length, crc32(content)], [1048576, Number(crc)]);

answer = await send("/v1/nothing");
expect("problem: the gateway's own answer is read", [answer.status, (await answer.json()).status], [404, 404]);

process.exitCode = failures ? 1 : 0;
