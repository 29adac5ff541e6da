import Glibc
import Network

/// A caller as simple as can be: one blocking socket, one request, everything until the end.
struct DemoConnection {
    let port: UInt16

    struct Response {
        let text: String
        var status: Int { Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0 }
        var head: Substring { text[..<(text.firstRange(of: "\r\n\r\n")?.lowerBound ?? text.endIndex)] }
        var body: Substring { text[(text.firstRange(of: "\r\n\r\n")?.upperBound ?? text.endIndex)...] }

        func field(_ name: String) -> String? {
            for line in head.split(separator: "\r\n").dropFirst() where line.lowercased().hasPrefix(name.lowercased() + ":") {
                return String(line[line.index(line.startIndex, offsetBy: name.count + 1)...].drop { $0 == " " })
            }
            return nil
        }
    }

    /// - Throws: `SystemError` when no process listens.
    func send(_ request: String) throws(SystemError) -> Response {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw SystemError("connect to 127.0.0.1:\(port)") }
        var limit = timeval(tv_sec: 15, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            _ = unsafe setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        let bytes = Array(request.utf8)
        guard unsafe bytes.withUnsafeBytes({ unsafe write(descriptor, $0.baseAddress, $0.count) }) == bytes.count else {
            throw SystemError("write")
        }
        return Response(text: try readAll(descriptor))
    }

    private func readAll(_ descriptor: Int32) throws(SystemError) -> String {
        var response: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 { throw SystemError("read") }
            if count == 0 { return String(decoding: response, as: UTF8.self) }
            response += chunk[..<count]
        }
    }
}
