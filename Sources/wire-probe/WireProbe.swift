import Glibc

/// What Wire makes of requests and responses, and Configuration of a TOML file, for comparison with other parsers
/// (Tests/Conformance). No part of the product.
///
///     wire-probe requests | responses | toml
///
/// Standard input holds frames until its end: the number of bytes and how they arrive, each as 4 bytes in network order, then
/// the bytes one side sends on one connection. They arrive in two pieces if the second number is below the first, cut there,
/// and one by one if it is above. For `responses` the first of the bytes is not sent, but says what goes on around them; see
/// `ResponseSession`. A file arrives whole. Standard output gets one line of JSON a frame.
@main
struct WireProbe {
    static func main() {
        switch CommandLine.arguments.dropFirst() {
        case ["requests"]:
            run { bytes, cut in
                var session = Session()
                feed(bytes, cut: cut) { session.receive($0) }
                return session.report
            }
        case ["responses"]:
            run { bytes, cut in
                var session = ResponseSession(mode: bytes.first ?? 0)
                feed(bytes.dropFirst(), cut: cut) { session.receive($0) }
                session.close()
                return session.report
            }
        case ["toml"]:
            run { bytes, _ in TOMLReport.report(bytes) }
        default:
            print("usage: wire-probe requests | responses | toml")
            exit(64)
        }
    }

    private static func run(_ report: (ArraySlice<UInt8>, Int) -> String) {
        let input = readAll()
        var offset = 0
        while let count = number(in: input, at: &offset), let cut = number(in: input, at: &offset),
            count <= input.count - offset
        {
            print(report(input[offset..<offset + count], cut))
            offset += count
        }
    }

    private static func feed(_ bytes: ArraySlice<UInt8>, cut: Int, to receive: (ArraySlice<UInt8>) -> Void) {
        if cut > bytes.count {
            for index in bytes.indices { receive(bytes[index...index]) }
        } else {
            receive(bytes.prefix(cut))
            receive(bytes.dropFirst(cut))
        }
    }

    private static func readAll() -> [UInt8] {
        var input: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(STDIN_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return input }
            input += buffer[..<count]
        }
    }

    private static func number(in input: [UInt8], at offset: inout Int) -> Int? {
        guard input.count - offset >= 4 else { return nil }
        let number = input[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
        offset += 4
        return number
    }
}
