import Testing

/// A request, what the stand-in does with it, and what has to come of it. A suite expects what it is about.
struct Story: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var request = RetryPhaseTests.get
    var fields: [String] = []
    var script: [StandIn.Reply] = []
    /// Of the requests that come to the stand-in.
    var methods: [String] = []
    var calls = 1
    var status: Int
    var outcome: String?
    var problem: String?
}
