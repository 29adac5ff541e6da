import Wire

/// The track ids of the requests that one worker sent upstream most recently. Zuora echoes them, so a response with another request's id
/// was meant for that one.
///
/// A second line of defence, in case framing and connection reuse ever mix up responses.
public struct RecentTrackIDs: Sendable {
    /// The number of requests kept, in flight or completed.
    public static let capacity = 4096

    /// The owner of a response's track id.
    public enum Owner: Sendable {
        /// The request's id, ignoring case.
        case request
        /// The id of another recent request.
        case otherRequest
        /// Unknown: set by an intermediary.
        case unknown
    }

    /// Ids by an unpredictable hash. The oldest is overwritten.
    private var prints: [UInt64] = []
    private var next = 0
    private let seed: UInt64

    public init(using random: inout some RandomNumberGenerator) { seed = random.next() }

    public mutating func add(_ id: TrackID) {
        let print = print(of: id.bytes)
        if prints.count < Self.capacity {
            prints.append(print)
        } else {
            prints[next] = print
        }
        next = (next + 1) % Self.capacity
    }

    /// - Parameters:
    ///   - echo: the value of a response's `Zuora-Track-Id`.
    ///   - id: the id of the request that got the response.
    public func owner(of echo: Span<UInt8>, for id: TrackID) -> Owner {
        if id.equals(echo) { return .request }
        return prints.contains(print(of: echo)) ? .otherRequest : .unknown
    }

    private func print(of bytes: Span<UInt8>) -> UInt64 {
        var hash = seed
        for i in bytes.indices {
            hash = (hash ^ UInt64(bytes[i])) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
        }
        return hash
    }
}

extension TrackID {
    fileprivate func equals(_ other: Span<UInt8>) -> Bool {
        let own = bytes
        guard own.count == other.count else { return false }
        for i in own.indices where own[i] != other[i] {
            let letter = own[i] | 0x20
            guard own[i] ^ other[i] == 0x20, letter >= UInt8(ascii: "a"), letter <= UInt8(ascii: "z") else { return false }
        }
        return true
    }
}
