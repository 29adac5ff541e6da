import Foundation
import Policy
import Testing
import Wire

@testable import Gateway

/// Records and labels to test with.
enum Samples {
    /// 2026-02-20T09:30:00.125Z
    static let time = WallTime(nanoseconds: 1_771_579_800_125_000_000)

    struct Labels {
        var all = MetricsLabels()
        let acme, globex, cancel, get: Label

        init() {
            (acme, globex) = (all.tenants.label("acme"), all.tenants.label("globex"))
            (cancel, get) = (all.routes.label("aqua.cancel"), all.routes.label("aqua.get"))
        }
    }

    static func label(_ name: String) -> Label { Label(name: name, slot: 1) }

    static func text(_ text: String) -> InlineText { InlineText(Array(text.utf8).span) }

    static func trackID(_ text: String) throws -> TrackID { try TrackID(Array(text.utf8).span) }

    /// Every member set.
    static func fullRecord() throws -> AccessRecord {
        var record = AccessRecord(time: time)
        record.method = .delete
        record.caller = label("billing")
        record.tenant = label("acme")
        record.entity = label("emea")
        record.route = label("aqua.cancel")
        record.jobID = text("8a8082e65b27f6c3015b4d6b8b1d2f6a")
        record.trackID = try trackID("nightly-77")
        record.zuoraRequestID = text("req-1")
        record.trace = TraceContext(traceHigh: 0x0AF7_6519_16CD_43DD, traceLow: 0x8448_EB21_1C80_319C, spanID: 1, flags: 1)
        record.status = 200
        record.outcome = .cancelled
        record.attempts = 2
        record.phases[.queue] = .zero
        record.phases[.token] = .microseconds(15)
        record.phases[.connect] = .nanoseconds(4_250_999)
        record.phases[.firstByte] = .milliseconds(130)
        record.phases[.total] = .milliseconds(134) + .microseconds(500)
        record.bytesOut = 1633
        record.gzipIn = .deflated
        record.gzipOut = .inflated
        record.error = "timeout-total"
        record.errorDetail = "The time limit passed."
        record.listener = label("127.0.0.1:8080")
        record.peerPID = 4711
        record.peerUID = 1001
        record.isClientGone = true
        record.wasNotReplayable = true
        return record
    }

    /// The trace of a request with every member set.
    static func trace(_ attempts: [AttemptSpan] = [], _ change: (inout AccessRecord) -> Void = { _ in }) throws -> FinishedTrace {
        var record = try fullRecord()
        change(&record)
        let server = try #require(TraceContext(traceHigh: 0xA, traceLow: 0xB, spanID: 0xC, flags: 1))
        return FinishedTrace(
            record: record, server: server, parent: 0xD, attempts: attempts,
            events: [SpanEvent(name: "slot taken", time: Instant(nanoseconds: 2_000))], host: "rest.example", port: 443,
            start: Instant(nanoseconds: 1_000), end: Instant(nanoseconds: 5_000))
    }

    static func record(
        _ tenant: Label?, _ route: Label?, status: Int = 200, _ outcome: RequestOutcome = .relayed, total: Duration? = nil
    ) -> AccessRecord {
        var record = AccessRecord(time: time)
        record.tenant = tenant
        record.route = route
        record.status = status
        record.outcome = outcome
        record.phases[.total] = total
        return record
    }
}

/// An object as Foundation reads it.
func object(_ json: some Sequence<UInt8>) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] ?? [:]
}

func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
