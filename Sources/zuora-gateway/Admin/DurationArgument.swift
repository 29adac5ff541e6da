import ArgumentParser
import Configuration

/// A time as proxy.conf spells it: `500ms`, `30s`, `2m`.
struct DurationArgument: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument text: String) {
        guard let duration = DurationText.parse(text), duration > .zero else { return nil }
        self.duration = duration
    }

    var description: String { DurationText.text(duration) }
    var defaultValueDescription: String { description }
}
