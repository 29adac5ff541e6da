import Testing

@testable import Configuration

@Suite struct QuantityTests {
    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("1.5s", .milliseconds(1500)), ("2m", .seconds(120)),
        ("1h", .seconds(3600)),
        ("0s", .zero), ("0.25ms", .microseconds(250)), ("10000h", .seconds(36_000_000)),
    ])
    func `a duration is a number with a unit`(text: String, expected: Duration) {
        #expect(DurationText.parse(text) == expected)
    }

    @Test(arguments: [
        "", "10", "s", "10 s", "-1s", "+1s", "1S", "1m30s", "1d", "1e3s", ".5s", "5.s", "1..5s", "1.5.5s", "10001h",
        "9999999999999999s", "1s ", "１s", "1ss", "1µs",
    ])
    func `nothing else is a duration`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: ["0s", "250ms", "1s", "60s", "130s", "2m", "10m", "1h", "25h", "119s", "1500ms"])
    func `a duration is written as it was read`(text: String) throws {
        #expect(DurationText.text(try #require(DurationText.parse(text))) == text)
    }

    @Test(arguments: [
        ("512B", 512), ("64KiB", 65_536), ("16MiB", 16 << 20), ("1GiB", 1 << 30), ("1KB", 1000), ("1kB", 1000),
        ("2MB", 2_000_000), ("1GB", 1_000_000_000),
        ("0B", 0), ("1.5KiB", 1536), ("1024GiB", 1 << 40),
    ])
    func `a size is a number with a unit`(text: String, expected: Int) {
        #expect(SizeText.parse(text) == expected)
    }

    @Test(arguments: ["", "64", "64K", "64kb", "64Kib", "-1B", "1.5B", "1TB", "1025GiB", "64 KiB", "0x10B", "99999999999999GiB"])
    func `nothing else is a size`(text: String) {
        #expect(SizeText.parse(text) == nil)
    }

    @Test(arguments: ["512B", "64KiB", "16MiB", "1GiB", "1000B", "0B"])
    func `a size is written as it was read`(text: String) throws {
        #expect(SizeText.text(try #require(SizeText.parse(text))) == text)
    }
}
