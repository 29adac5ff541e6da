"""GET /first, then METHOD /second with the same client: python_client.py LIBRARY BASE METHOD."""

import asyncio
import sys
import time

library, base, method = sys.argv[1:]
content = b"x" if method == "POST" else None


def with_requests():
    import requests
    with requests.Session() as session:
        session.trust_env = False
        session.get(f"{base}/first")
        time.sleep(0.1)
        session.request(method, f"{base}/second", data=content)


def with_httpx():
    import httpx
    with httpx.Client(trust_env=False) as client:
        client.get(f"{base}/first")
        time.sleep(0.1)
        client.request(method, f"{base}/second", content=content)


def with_sdk():
    """Zuora's SDK as it sends requests: through urllib3."""
    import zuora_sdk
    client = zuora_sdk.ApiClient(zuora_sdk.Configuration(host=base))
    client.call_api("GET", f"{base}/first").read()
    time.sleep(0.1)
    client.call_api(method, f"{base}/second", {"Content-Type": "application/json"}, {} if content else None).read()


def with_aiohttp():
    import aiohttp

    async def main():
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/first") as response:
                await response.read()
            await asyncio.sleep(0.1)
            async with session.request(method, f"{base}/second", data=content) as response:
                await response.read()
    asyncio.run(main())


{"requests": with_requests, "httpx": with_httpx, "zuora-sdk": with_sdk, "aiohttp": with_aiohttp}[library]()
