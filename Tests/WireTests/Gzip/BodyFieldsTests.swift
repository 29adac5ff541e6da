import Testing
import Wire

@Suite struct BodyFieldsTests {
    @Test(arguments: [
        ("no-transform", true),
        ("No-Transform", true),
        ("private, no-transform, max-age=0", true),
        ("max-age=0 ,\tno-transform", true),
        ("", false),
        ("no-store", false),
        ("no-transforms", false),
        ("xno-transform", false),
        ("no-transform=1", false),
        ("private=\"a, no-transform\"", false),
        ("private=\"a\\\", no-transform, b\", no-cache", false),
        ("private=\"a\", no-transform", true),
    ])
    func `no-transform is found among the directives`(value: String, expected: Bool) {
        #expect(BodyFields.forbidsTransform(value) == expected)
    }

    @Test(arguments: [
        ("Accept-Encoding", true), ("*", true), ("Origin, accept-encoding", true), ("", false), ("Accept", false),
        ("Accept-Encodings", false), ("Origin, *", true),
    ])
    func `Vary is searched for the field`(value: String, expected: Bool) {
        #expect(BodyFields.variesByEncoding(value) == expected)
    }

    @Test(arguments: [
        ("application/json", true),
        ("application/json; charset=utf-8", true),
        ("Application/JSON ;charset=utf-8", true),
        ("application/problem+json", true),
        ("application/xml", true),
        ("application/soap+xml", true),
        ("application/x-www-form-urlencoded", true),
        ("application/x-ndjson", true),
        ("text/html", true),
        ("text/csv", true),
        ("text/plain;x", true),
        ("text/event-stream", false),
        ("application/zip", false),
        ("application/gzip", false),
        ("application/octet-stream", false),
        ("application/jsonx", false),
        ("application/", false),
        ("application", false),
        ("image/png", false),
        ("image/svg+xml", false),
        ("", false),
        (";", false),
        ("multipart/form-data; boundary=text/plain", false),
    ])
    func `types that shrink are known`(value: String, expected: Bool) {
        #expect(BodyFields.isCompressible(value) == expected)
    }

    @Test(arguments: [
        ("\"abc\"", "W/\"abc\""),
        ("\"\"", "W/\"\""),
        ("\"gzip-\u{e9}\"", "W/\"gzip-\u{e9}\""),
        (" \"abc\" ", "W/\"abc\""),
        ("W/\"abc\"", nil),
        ("abc", nil),
        ("\"", nil),
        ("\"abc", nil),
        ("", nil),
    ])
    func `a strong tag is made weak, and nothing else is touched`(tag: String, weak: String?) {
        #expect(BodyFields.weakened(tag) == weak.map { Array($0.utf8) })
    }
}
