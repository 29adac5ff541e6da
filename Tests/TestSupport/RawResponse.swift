/// A response as it came over the socket.
public struct RawResponse: Sendable {
    /// How the reading of it ended.
    public enum Ending: Sendable {
        case whole
        /// The server closed before the end.
        case closed
        case reset
        /// Nothing came within the limit.
        case silent
        case malformed
    }

    /// 0 until the head is whole.
    public internal(set) var status = 0
    public internal(set) var fields: [(name: String, value: String)] = []
    /// Empty if a sink got it.
    public internal(set) var body: [UInt8] = []
    /// Every byte of it, save a body that a sink got.
    public internal(set) var raw: [UInt8] = []
    public internal(set) var ending = Ending.whole
    /// Statuses of the responses before it.
    public internal(set) var interim: [Int] = []
    /// Sizes of the chunks, without the last one.
    public internal(set) var chunks: [Int] = []
    /// Whether the end of the connection is the end of the body.
    public internal(set) var isCloseDelimited = false

    /// The value of the first field with this name, whatever its case.
    public subscript(_ name: String) -> String? { all(name).first }

    public func all(_ name: String) -> [String] { fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value) }

    public var text: String { String(decoding: body, as: UTF8.self) }
}
