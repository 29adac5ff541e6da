import Testing

@testable import Wire

/// What the chunked decoder makes of a body, however its bytes are cut.
struct Decoded: Equatable {
    var data: [UInt8] = []
    var last = ChunkedDecoder.Event.needMore
    /// Bytes used up to the end of the body.
    var used = 0

    /// Decodes the bytes whole, then with a cut at every offset, then a byte at a time, and records an issue where the outcome
    /// differs.
    init(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
        self = Decoded(pieces: [bytes[...]])
        for cut in 0...bytes.count {
            let pieces = [bytes[..<cut], bytes[cut...]]
            #expect(Decoded(pieces: pieces) == self, "cut at \(cut)", sourceLocation: sourceLocation)
        }
        #expect(Decoded(pieces: bytes.map { [$0] }) == self, "a byte at a time", sourceLocation: sourceLocation)
    }

    init(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
        self.init(Array(text.utf8), sourceLocation: sourceLocation)
    }

    init(pieces: [ArraySlice<UInt8>]) {
        var decoder = ChunkedDecoder()
        for piece in pieces {
            let input = Array(piece)
            var offset = 0
            feeding: while true {
                last = decoder.next(input.span, from: &offset)
                switch last {
                case .data(let range):
                    #expect(!range.isEmpty)
                    data += input[range]
                case .needMore:
                    #expect(offset == input.count)
                    used += offset
                    break feeding
                case .end:
                    used += offset
                    return
                case .broken:
                    used = 0
                    return
                }
            }
        }
    }

    var text: String { String(decoding: data, as: UTF8.self) }
    var refusal: Refusal? { if case .broken(let fault) = last { Refusal(fault) } else { nil } }
}
