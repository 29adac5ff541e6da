import Glibc

/// What Wire makes of given bytes, for comparison with other parsers (Tests/Conformance/wire); with the argument `toml`, what
/// Configuration does (Tests/Conformance/toml). No part of the product.
///
/// Standard input holds frames until its end: the number of bytes and how they arrive, each as 4 bytes in network order, then
/// the bytes a client sends on one connection. They arrive in two pieces if the second number is below the first, cut there,
/// and one by one if it is above. A file arrives whole. Standard output gets one line of JSON a frame.
@main
struct WireProbe {
    static func main() {
        let input = readAll()
        let isTOML = CommandLine.arguments.dropFirst().first == "toml"
        var offset = 0
        while let count = number(in: input, at: &offset), let cut = number(in: input, at: &offset),
            count <= input.count - offset
        {
            let bytes = input[offset..<offset + count]
            offset += count
            if isTOML {
                print(TOMLReport.report(bytes))
                continue
            }
            var session = Session()
            if cut > count {
                for byte in bytes { session.receive([byte]) }
            } else {
                session.receive(bytes.prefix(cut))
                session.receive(bytes.dropFirst(cut))
            }
            print(session.report)
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
