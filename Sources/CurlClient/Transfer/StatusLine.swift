/// A status line as libcurl hands it over: `HTTP/1.1 200 OK` or `HTTP/2 200` (RFC 9112 section 4).
struct StatusLine: Hashable {
    var version: HTTPVersion
    var status: Int

    static func begins(_ line: UnsafeRawBufferPointer) -> Bool {
        // No field has a slash in its name.
        unsafe line.count > 5 && line[0] == UInt8(ascii: "H") && line[4] == UInt8(ascii: "/")
    }

    /// - Returns: nil unless there is a version of HTTP and a status of three digits.
    init?(_ line: UnsafeRawBufferPointer) {
        guard let space = unsafe line.firstIndex(of: UInt8(ascii: " ")), line.count >= space + 4 else { return nil }
        switch unsafe line[5] {
        case UInt8(ascii: "2"): version = .http2
        case UInt8(ascii: "1"): version = unsafe line[7] == UInt8(ascii: "0") ? .http10 : .http11
        default: return nil
        }
        status = 0
        for i in space + 1...space + 3 {
            let digit = unsafe line[i] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            status = status * 10 + Int(digit)
        }
        guard (100...599).contains(status) else { return nil }
    }
}
