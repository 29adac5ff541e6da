import Testing
import Wire

/// The field with these lines.
func accept(_ lines: String...) -> AcceptEncoding {
    var field = AcceptEncoding()
    for line in lines { field.add(Array(line.utf8).span) }
    return field
}

@Suite struct AcceptEncodingTests {
    /// value, quality of gzip, quality of identity
    @Test(arguments: [
        // The examples of RFC 9110 section 12.5.3.
        ("compress, gzip", 1000, 1),
        ("", 0, 1),
        ("*", 1000, 1000),
        ("compress;q=0.5, gzip;q=1.0", 1000, 1),
        ("gzip;q=1.0, identity; q=0.5, *;q=0", 1000, 500),
        // What clients send.
        ("gzip", 1000, 1),
        ("gzip, deflate, br, zstd", 1000, 1),
        ("gzip;q=1.0,deflate;q=0.6,identity;q=0.3", 1000, 300),
        ("deflate, br", 0, 1),
        ("identity", 0, 1000),
        // Aliases and case.
        ("x-gzip", 1000, 1),
        ("GZip", 1000, 1),
        ("gzip;Q=0.5", 500, 1),
        ("IDENTITY;q=0", 0, 0),
        // Refusals.
        ("gzip;q=0", 0, 1),
        ("gzip;q=0.000", 0, 1),
        ("gzip, identity;q=0", 1000, 0),
        ("*;q=0", 0, 0),
        ("*;q=0, gzip", 1000, 0),
        ("*;q=0, identity", 0, 1000),
        ("gzip;q=0, *", 0, 1000),
        ("br, *;q=0", 0, 0),
        // The named coding decides before the asterisk.
        ("*;q=0.2, gzip;q=0.7", 700, 200),
        ("identity;q=0.4, *;q=0.6", 600, 400),
        // A coding that is named twice.
        ("gzip, gzip;q=0", 0, 1),
        ("gzip;q=0.3, x-gzip;q=0.8", 300, 1),
        ("*, *;q=0", 0, 0),
        // Weights.
        ("gzip;q=1", 1000, 1),
        ("gzip;q=1.", 1000, 1),
        ("gzip;q=1.000", 1000, 1),
        ("gzip;q=0.", 0, 1),
        ("gzip;q=0.1", 100, 1),
        ("gzip;q=0.12", 120, 1),
        ("gzip;q=0.123", 123, 1),
        ("gzip;q=0.001", 1, 1),
        // White space.
        ("  gzip  ", 1000, 1),
        ("gzip \t; \t q=0.5", 500, 1),
        (" , gzip ,, identity;q=0 , ", 1000, 0),
        // Members that break the grammar are passed over.
        ("gzip;q=1.1", 0, 1),
        ("gzip;q=1.001", 0, 1),
        ("gzip;q=2", 0, 1),
        ("gzip;q=-0", 0, 1),
        ("gzip;q=0.1234", 0, 1),
        ("gzip;q=.5", 0, 1),
        ("gzip;q=05", 0, 1),
        ("gzip;q=0x5", 0, 1),
        ("x\rgzip", 0, 1),
        ("gzip;q=", 0, 1),
        ("gzip;q", 0, 1),
        ("gzip;", 0, 1),
        ("gzip;q = 1", 0, 1),
        ("gzip;q=1;q=1", 0, 1),
        ("gzip;level=9", 0, 1),
        ("gzip;q=\"1\"", 0, 1),
        ("gzip;q=0,5", 0, 1),
        ("gzip;q=abc, identity;q=0.5", 0, 500),
        ("gzip deflate", 0, 1),
        ("\"gzip\"", 0, 1),
        ("foo=\"a, gzip\"", 0, 1),
        ("foo=\"a, gzip", 0, 1),
        ("gzipx, xgzip, gzi, g", 0, 1),
        (";q=1, gzip", 1000, 1),
    ])
    func `each value has the qualities that the RFC gives it`(value: String, gzip: Int, identity: Int) {
        let field = accept(value)
        #expect(field.isPresent)
        #expect(field.quality(of: .gzip) == gzip)
        #expect(field.quality(of: .identity) == identity)
        #expect(field.acceptsGzip == (gzip > 0))
        #expect(field.acceptsIdentity == (identity > 0))
        #expect(field.prefersGzip == (gzip > 0 && gzip >= identity))
    }

    @Test func `a caller that says nothing takes plain bytes`() {
        let field = AcceptEncoding()
        #expect(!field.isPresent && !field.acceptsGzip && field.acceptsIdentity && !field.prefersGzip)
        #expect(field.quality(of: .identity) == 1000)
    }

    @Test func `several lines are one list`() {
        #expect(accept("br", "gzip;q=0.5", "identity;q=0").quality(of: .gzip) == 500)
        #expect(!accept("br", "gzip;q=0.5", "identity;q=0").acceptsIdentity)
        #expect(accept("gzip", "").acceptsGzip)
        #expect(!accept("gzip", "*;q=0").acceptsIdentity)
        #expect(!accept("gzip", "gzip;q=0").acceptsGzip)
    }

    @Test func `other codings are told apart too`() {
        let field = accept("deflate;q=0.1, br;q=0.2, zstd;q=0.3, x-compress;q=0.4")
        #expect(ContentCoding.allCases.map(field.quality) == [1, 0, 400, 100, 200, 300, 0])
        #expect(accept("br;q=0, *;q=0.5").quality(of: .br) == 0)
        #expect(accept("br;q=0, *;q=0.5").quality(of: .other) == 500)
        #expect(!accept("snappy").accepts(.other))
    }

    @Test func `no bytes whatever are read beyond their end`() {
        var random = SplitMix64(seed: 2)
        let alphabet = Array("gzip*;q=01., \t\"\\identy-x".utf8) + [0, 0xFF]
        for _ in 0..<5000 {
            let count = Int.random(in: 0...24, using: &random)
            var field = AcceptEncoding()
            let value = (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
            field.add(value.span)
            #expect(ContentCoding.allCases.allSatisfy { (0...1000).contains(field.quality(of: $0)) })
        }
    }
}
