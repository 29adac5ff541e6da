/// Why a control call was refused, in a sentence for the person who sent it.
struct ControlError: Error, Hashable, Sendable {
    var message: String

    init(_ message: String) { self.message = message }
}
