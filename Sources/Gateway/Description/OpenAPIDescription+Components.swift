import Policy
import Wire

extension OpenAPIDescription {
    var components: JSONValue {
        ["schemas": schemas, "headers": Self.headers, "parameters": Self.parameters, "securitySchemes": Self.securitySchemes]
    }

    private var schemas: JSONValue {
        [
            "Outcome": [
                "description": "What happened to the job that was to be cancelled.",
                "enum": .strings(CancelOutcome.allCases.map(\.rawValue)),
            ],
            "ProblemType": [
                "description": "Stable across versions; problems.json explains each.",
                "enum": .strings(ProblemType.allCases.map(\.uri) + ["about:blank"]),
            ],
            "Problem": [
                "type": "object", "required": ["type", "title", "status", "detail"],
                "properties": [
                    "type": ["$ref": "#/components/schemas/ProblemType"], "title": ["type": "string"],
                    "status": ["type": "integer", "minimum": 400, "maximum": 599], "detail": ["type": "string"],
                    "tenant": ["type": "string"], "track_id": ["type": "string"],
                    "outcome": ["$ref": "#/components/schemas/Outcome"],
                    "may_have_reached_zuora": [
                        "type": "boolean",
                        "description": "Whether Zuora may have executed the request. Present if that is in doubt.",
                    ],
                    "retry_after": ["type": "integer", "minimum": 0, "description": "Seconds, as in Retry-After."],
                ],
            ],
            "Token": [
                "type": "object", "required": ["access_token", "token_type", "expires_in"],
                "properties": [
                    "access_token": ["type": "string"], "token_type": ["const": "bearer"], "expires_in": ["type": "integer"],
                    "scope": ["type": "string"],
                ],
            ],
            "TokenError": [
                "type": "object", "required": ["error"],
                "properties": ["error": ["type": "string"], "error_description": ["type": "string"]],
            ],
            "Health": ["type": "object", "required": ["status"], "properties": ["status": ["enum": ["ready", "not-ready"]]]],
        ]
    }

    private static let headers: JSONValue = [
        "Zuora-Track-Id": [
            "required": true, "description": "The caller's, or a generated one.", "schema": ["type": "string", "maxLength": 64],
        ],
        "Via": ["required": true, "schema": ["type": "string"]],
        "Gateway-Outcome": ["required": true, "schema": ["$ref": "#/components/schemas/Outcome"]],
        "Gateway-Outcome-If-Read": [
            "description": "Absent if the request was refused before its path was known.",
            "schema": ["$ref": "#/components/schemas/Outcome"],
        ],
        "Gateway-Attempts": [
            "description": "Attempts to get a response upstream, verifications included, if more than one.",
            "schema": ["type": "string", "pattern": "^[1-9][0-9]*$"],
        ],
        "Proxy-Status": [
            "description":
                "RFC 9209: why there is no response of Zuora, or `received-status`, its status if the gateway changed it.",
            "schema": ["type": "string"],
        ],
        "Retry-After": ["description": "Seconds, or Zuora's own value.", "schema": ["type": "string"]],
    ]

    private static let parameters: JSONValue = [
        "trackID": [
            "name": "Zuora-Track-Id", "in": "header", "description": "Identifies the call in logs here and at Zuora.",
            "schema": ["type": "string", "pattern": "^[!#-&(-9<-~]([ !#-&(-9<-~]{0,62}[!#-&(-9<-~])?$"],
        ],
        "timeout": [
            "name": "X-Request-Timeout", "in": "header",
            "description": "Less than the tenant's time limit: seconds, or with the unit ms or s.",
            "schema": ["type": "string", "pattern": "^([1-9][0-9]{0,5}(\\.[0-9]{1,3})?|0\\.[0-9]{0,2}[1-9])(ms|s)?$"],
        ],
        "traceparent": [
            "name": "traceparent", "in": "header", "description": "W3C Trace Context; sent on to Zuora.",
            "schema": ["type": "string", "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"],
        ],
        "idempotencyKey": [
            "name": "Idempotency-Key", "in": "header", "description": "Sent on to Zuora.",
            "schema": ["type": "string", "pattern": "^[!-~]{1,255}$"],
        ],
    ]

    private static let securitySchemes: JSONValue = [
        "key": ["type": "apiKey", "in": "header", "name": "X-Gateway-Key"],
        "bearer": ["type": "http", "scheme": "bearer", "description": "The same key, or a token of /oauth/token."],
        "certificate": ["type": "mutualTLS"],
    ]
}
