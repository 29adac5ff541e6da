import Wire

/// The line that owns up to lost lines.
enum DroppedLines {
    static func text(_ count: UInt64, _ time: WallTime) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("time", time.rfc3339)
        json.member("dropped", Int(clamping: count))
        json.endObject()
        json.bytes.append(UInt8(ascii: "\n"))
        return json.bytes
    }
}
