extension ChunkedDecoder {
    enum State {
        case size, sizeLineEnd
        case extensionName(isEmpty: Bool), extensionValue(isEmpty: Bool)
        case extensionQuoted, extensionEscape, extensionQuotedEnd
        case data, dataEnd, dataLineEnd
        case trailerStart, trailerName, trailerValue, trailerLineEnd, lastLineEnd
        case ended(Event)
    }

    /// One step of the grammar; data is not its part.
    mutating func state(after byte: UInt8) throws(Refusal) -> State {
        switch state {
        case .size:
            return try takeSize(byte)
        case .sizeLineEnd:
            guard byte == .lineFeed else { throw .chunkLineEnd }
            sizeDigits = 0
            return remaining == 0 ? .trailerStart : .data
        case .extensionName, .extensionValue, .extensionQuoted, .extensionEscape, .extensionQuotedEnd:
            return try takeExtension(byte)
        case .dataEnd:
            guard byte == .carriageReturn else { throw .chunkDataEnd }
            return .dataLineEnd
        case .dataLineEnd:
            guard byte == .lineFeed else { throw .chunkDataEnd }
            return .size
        case .trailerStart, .trailerName, .trailerValue, .trailerLineEnd, .lastLineEnd:
            return try takeTrailer(byte)
        case .data, .ended:
            return state
        }
    }

    private mutating func takeSize(_ byte: UInt8) throws(Refusal) -> State {
        if let digit = byte.hexValue {
            guard sizeDigits < 16 else { throw .chunkSize }
            guard remaining <= Int.max >> 4 else { throw .chunkTooLarge }
            sizeDigits += 1
            remaining = remaining << 4 | Int(digit)
            return .size
        }
        guard sizeDigits > 0 else { throw .chunkSize }
        switch byte {
        case .carriageReturn: return .sizeLineEnd
        case .semicolon: return .extensionName(isEmpty: true)
        default: throw byte == .lineFeed ? .chunkLineEnd : .chunkSize
        }
    }

    /// `";" ext-name [ "=" ( token / quoted-string ) ]`, again and again (RFC 9112 section 7.1.1).
    private mutating func takeExtension(_ byte: UInt8) throws(Refusal) -> State {
        extensionBytes += 1
        guard extensionBytes <= Self.extensionLimit else { throw .chunkExtensionsTooLarge }
        switch state {
        case .extensionName(let isEmpty):
            if byte.isTokenCharacter { return .extensionName(isEmpty: false) }
            guard !isEmpty else { throw .chunkExtension }
            if byte == .equals { return .extensionValue(isEmpty: true) }
        case .extensionValue(let isEmpty):
            if byte.isTokenCharacter { return .extensionValue(isEmpty: false) }
            if isEmpty {
                guard byte == .quote else { throw .chunkExtension }
                return .extensionQuoted
            }
        case .extensionQuoted:
            guard !byte.isForbiddenControl else { throw .chunkExtension }
            return byte == .quote ? .extensionQuotedEnd : byte == .backslash ? .extensionEscape : .extensionQuoted
        case .extensionEscape:
            guard !byte.isForbiddenControl else { throw .chunkExtension }
            return .extensionQuoted
        default:
            break
        }
        switch byte {
        case .carriageReturn: return .sizeLineEnd
        case .semicolon: return .extensionName(isEmpty: true)
        default: throw byte == .lineFeed ? .chunkLineEnd : .chunkExtension
        }
    }

    private mutating func takeTrailer(_ byte: UInt8) throws(Refusal) -> State {
        trailerBytes += 1
        guard trailerBytes <= Self.trailerLimit else { throw .trailersTooLarge }
        switch state {
        case .trailerStart:
            if byte == .carriageReturn { return .lastLineEnd }
            guard byte.isTokenCharacter else { throw .trailer }
            return .trailerName
        case .trailerName:
            if byte == .colon { return .trailerValue }
            guard byte.isTokenCharacter else { throw .trailer }
            return .trailerName
        case .trailerValue:
            if byte == .carriageReturn { return .trailerLineEnd }
            guard !byte.isForbiddenControl else { throw .trailer }
            return .trailerValue
        default:
            guard byte == .lineFeed else { throw .trailer }
            if case .lastLineEnd = state { return .ended(.end) }
            return .trailerStart
        }
    }
}
