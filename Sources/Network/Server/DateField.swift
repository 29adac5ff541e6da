import Wire

/// The value of `Date` (RFC 9110 section 6.6.1), made anew once a second.
struct DateField {
    private var second: Int64 = .min
    private(set) var bytes: [UInt8] = []

    mutating func update(_ now: WallTime) {
        guard now.seconds != second else { return }
        second = now.seconds
        bytes = Array(now.httpDate.utf8)
    }
}
