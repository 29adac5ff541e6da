public import Wire

/// The greatest of the durations that were noted lately. Looking changes nothing, so any number of readers see the same.
///
/// The window is cut into slots that are forgotten one after the other: what was noted is seen for at least
/// `(slots - 1) * slotLength` and at most `slots * slotLength`.
public struct RecentMaximum: Sendable {
    /// With the longest time between two scrapes that is usual in mind.
    public static let slotLength = Duration.seconds(10)
    public static let slots = 7

    private var maxima = InlineArray<7, Duration>(repeating: .zero)
    private var current = 0
    /// When the current slot ends.
    private var end: Instant

    public init(now: Instant) { end = now + Self.slotLength }

    /// - Parameter now: must not go back.
    public mutating func note(_ value: Duration, now: Instant) {
        if now >= end { advance(now) }
        if value > maxima[current] { maxima[current] = value }
    }

    /// The greatest of what was noted within the window before `now`.
    public func value(now: Instant) -> Duration {
        var copy = self
        if now >= copy.end { copy.advance(now) }
        var greatest = Duration.zero
        for index in copy.maxima.indices { greatest = max(greatest, copy.maxima[index]) }
        return greatest
    }

    private mutating func advance(_ now: Instant) {
        var passed = 0
        while now >= end, passed < Self.slots {
            passed += 1
            current = (current + 1) % Self.slots
            maxima[current] = .zero
            end = end + Self.slotLength
        }
        // Nothing for longer than the window: begin anew from here.
        if now >= end { end = now + Self.slotLength }
    }
}
