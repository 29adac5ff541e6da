#!/usr/bin/env python3
"""With a static token, whose scope is unknown, an entity id is sent upstream as it is written in the configuration, here without hyphens."""

from support import ENTITIES, TOKEN, Gateway, Upstream, check, finish

entity = ENTITIES[0].replace("-", "")
upstream = Upstream(accepts_any_token=True)
gateway = Gateway(upstream, credentials=TOKEN, entity=entity)
gateway.call()
sent = [request.all("zuora-entity-ids") for request in upstream.requests]
check("the id is sent as written", sent == [[entity]], sent)
finish()
