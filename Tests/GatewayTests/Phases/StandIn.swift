import Wire

@testable import Gateway
@testable import Network

/// A stand-in for Zuora that responds by a script, and then with the job that it is asked for, cancelled.
final class StandIn: RequestHandler {
    enum Reply: Sendable {
        /// 200, with the job that was asked for in this state.
        case job(String)
        case respond(Int, String, [String: String] = [:])
        /// The same, of content that is coded already.
        case coded([UInt8], Int = 200)
        /// An empty object, before the request's content has been read.
        case early(Int)
        /// 200 without content, which only the chunked coding's end shows.
        case emptyChunked([String: String])
        /// The connection breaks once the request is there.
        case lose
        /// Nothing, until it is told otherwise.
        case hold
        /// The head of a response of 1,000 bytes more than this, and this; then nothing.
        case begin(Int, String)
        /// The same, with this content type.
        case beginAs(String, Int, String)
    }

    struct Call: Equatable {
        var method: String
        var path: String
        var token: String?
        var trackID: String?
        var content: String
        /// All fields, by their names in lower case.
        var fields: [String: String] = [:]
        /// Whether the gateway broke the connection off before there was a response.
        var isAbandoned = false
    }

    /// Replies in the order in which they are given.
    var script: [Reply] = []
    private(set) var calls: [Call] = []
    private var held: [(wait: Wait, reply: (Reply) -> Void)] = []

    var methods: [String] { calls.map(\.method) }
    var tokens: [String?] { calls.map(\.token) }
    var heldCalls: Int { held.count }

    /// Has the call that has been held the longest go on.
    func release(_ reply: Reply = .job("cancelled")) {
        guard !held.isEmpty else { return }
        let call = held.removeFirst()
        call.reply(reply)
        call.wait.end(.event)
    }

    func releaseAll() { while !held.isEmpty { release(.lose) } }

    func handle(_ http: HTTPExchange) async {
        var content: [UInt8] = []
        let isEarly = if case .early? = script.first { true } else { false }
        while !isEarly, let chunk = try? await http.nextBodyChunk() { content += chunk }
        let number = calls.count
        calls.append(Call(http, content: String(decoding: content, as: UTF8.self)))
        await reply(script.isEmpty ? .job("cancelled") : script.removeFirst(), to: http, number)
    }

    func refuse(_ refusal: Refusal, _ http: HTTPExchange) async { http.abort() }

    private func reply(_ reply: Reply, to http: HTTPExchange, _ number: Int) async {
        switch reply {
        case .job(let state):
            let job = calls[number].path.split(separator: "/").last ?? ""
            let content =
                calls[number].path.hasPrefix("/query")
                ? #"{"data":{"id":"\#(job)","queryStatus":"\#(state)"}}"# : #"{"id":"\#(job)","status":"\#(state)","batches":[]}"#
            await self.reply(.respond(200, content), to: http, number)
        case .respond(let status, let content, let fields):
            start(http, status, fields)
            await http.finish(Array(content.utf8))
        case .coded(let content, let status):
            start(http, status, ["Content-Encoding": "gzip"])
            await http.finish(content)
        case .early(let status): await self.reply(.respond(status, "{}"), to: http, number)
        case .emptyChunked(let fields):
            start(http, 200, fields)
            http.startBody(length: nil)
            await http.finishBody()
        case .lose: http.abort()
        case .hold:
            let next = await hold(http, number)
            await self.reply(next, to: http, number)
        case .begin(let status, let content):
            await self.reply(.beginAs("application/json", status, content), to: http, number)
        case .beginAs(let type, let status, let content):
            start(http, status, ["Content-Type": type])
            let bytes = Array(content.utf8)
            http.startBody(length: bytes.count + 1000)
            _ = http.put(bytes.span)
            guard await http.flush() else { return }
            _ = await hold(http, number)
            http.abort()
        }
    }

    private func start(_ http: HTTPExchange, _ status: Int, _ fields: [String: String]) {
        http.start(status)
        if fields["Content-Type"] == nil { http.add("Content-Type", literal: "application/json") }
        for (name, value) in fields {
            let (name, value) = (Array(name.utf8), Array(value.utf8))
            http.add(name.span, value.span)
        }
    }

    private func hold(_ http: HTTPExchange, _ number: Int) async -> Reply {
        let wait = Wait()
        var next = Reply.lose
        held.append((wait, { next = $0 }))
        http.onClientGone = { wait.end(.callerGone) }
        if await wait.ending == .callerGone {
            held.removeAll { $0.wait === wait }
            calls[number].isAbandoned = true
        }
        return next
    }
}

extension StandIn.Call {
    init(_ http: HTTPExchange, content: String) {
        let head = http.head
        func text(_ range: Range<Int>) -> String {
            http.withHeadBytes { String(decoding: $0.copy(range), as: UTF8.self) }
        }
        method = text(head.methodRange)
        path = text(head.targetRange)
        self.content = content
        for field in head.fields {
            fields[text(field.nameRange).lowercased()] = text(field.valueRange)
            switch field.name {
            case .authorization: token = String(text(field.valueRange).dropFirst("Bearer ".count))
            case .zuoraTrackId: trackID = text(field.valueRange)
            default: break
            }
        }
    }
}
