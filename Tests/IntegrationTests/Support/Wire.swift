import Foundation
import TestSupport

typealias Wire = RawClient
typealias Response = RawResponse

extension RawResponse {
    /// The body as a JSON object; empty if it is none.
    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:] }

    var trackID: String? { self["Zuora-Track-Id"] }
    var outcome: String? { self["Gateway-Outcome"] }
    /// The last part of the problem's type, for a response of the gateway's own.
    var problem: String? {
        guard self["Content-Type"] == "application/problem+json", let type = json["type"] as? String else { return nil }
        return type.split(separator: ":").last.map(String.init)
    }
}

extension RawClient {
    /// Waits, without reading, until the peer has reset the connection or closed it; at most 20 seconds.
    func waitForReset() -> Bool {
        // With no event asked for, poll(2) tells of errors and hang-ups alone.
        var source = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&source, 1, 20_000) > 0
    }

    /// - Returns: whether all of it was taken by the kernel.
    @discardableResult
    func send(_ request: Request) -> Bool { send(request.bytes) }

    func exchange(_ request: Request) throws -> Response {
        send(request)
        return try receive(toHead: request.method == "HEAD")
    }
}
