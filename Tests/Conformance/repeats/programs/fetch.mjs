// GET /first, then METHOD /second: fetch.mjs BASE METHOD.
import { setTimeout } from "node:timers/promises";

const [base, method] = process.argv.slice(2);
await (await fetch(`${base}/first`)).text();
await setTimeout(100);
await (await fetch(`${base}/second`, { method, body: method === "POST" ? "x" : undefined })).text();
