import Network
import Policy
import Wire

extension ServerSettings {
    init(_ limits: LimitSettings, tls: InboundTLSSettings?) {
        self.init()
        head = HeadLimits(head: limits.head, target: limits.target, fields: limits.fields)
        body = limits.body
        headTimeout = limits.headTimeout
        idleTimeout = limits.idleTimeout
        bodyRate = limits.bodyRate
        writeStall = limits.writeStallTimeout
        connections = limits.connections
        if let tls { handshakeTimeout = tls.handshakeTimeout }
    }
}
