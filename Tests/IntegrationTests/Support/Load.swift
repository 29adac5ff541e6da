import Foundation

/// Callers that send one request after another on connections that they keep, until they are told to stop.
final class Load: @unchecked Sendable {
    // Unchecked: `condition` guards what changes.

    /// What became of one request.
    struct Result: Sendable {
        var trackID: String
        var status: Int
        var saw: String?
        /// Why there was no response.
        var failure: Wire.Failure?
        /// Whether the connection had carried a request before.
        var wasReused: Bool
    }

    private let scene: Scene
    private let condition = NSCondition()
    private var isStopped = false
    private var all: [Result] = []
    private let group = DispatchGroup()

    /// - Parameters:
    ///   - pipelined: requests that a caller sends before it reads the responses.
    ///   - make: the request of a caller, by its number and that of the request.
    init(_ scene: Scene, callers: Int, _ make: @escaping @Sendable (Int, Int) -> Request) {
        self.scene = scene
        for caller in 0..<callers {
            group.enter()
            Thread { [self] in
                run(caller, make)
                group.leave()
            }.start()
        }
    }

    private func run(_ caller: Int, _ make: @Sendable (Int, Int) -> Request) {
        var wire: Wire?
        var number = 0
        while !condition.withLock({ isStopped }) {
            let wasReused = wire != nil
            guard let open = wire ?? (try? scene.connect()) else { return }
            let trackID = "load-\(caller)-\(number)"
            var result = Result(trackID: trackID, status: 0, wasReused: wasReused)
            do {
                let response = try open.exchange(make(caller, number).with("Zuora-Track-Id", trackID))
                scene.note(response.raw)
                result.status = response.status
                result.saw = response["X-Sandbox-Saw"]
                wire = response["Connection"] == "close" ? nil : open
            } catch {
                result.failure = error as? Wire.Failure
                wire = nil
            }
            condition.withLock {
                all.append(result)
                condition.broadcast()
            }
            number += 1
        }
    }

    /// What has been answered, or not, so far.
    var results: [Result] { condition.withLock { all } }

    /// Stops, and says what did not end in a 200.
    func failures() -> [Result] { stop().filter { $0.status != 200 } }

    /// Waits until this many more requests have been answered.
    func wait(for count: Int, within limit: TimeInterval = 30) {
        let goal = results.count + count
        _ = wait(within: limit) { $0.count >= goal }
    }

    /// Waits until `isEnough` holds of the results; looks at them again after each.
    /// - Returns: whether it came to hold in time.
    func wait(within limit: TimeInterval = 30, until isEnough: ([Result]) -> Bool) -> Bool {
        let deadline = Date(timeIntervalSinceNow: limit)
        return condition.withLock {
            while !isEnough(all) { if !condition.wait(until: deadline) { return isEnough(all) } }
            return true
        }
    }

    /// Stops the callers after the requests that they have under way.
    @discardableResult
    func stop() -> [Result] {
        condition.withLock { isStopped = true }
        group.wait()
        return results
    }
}
