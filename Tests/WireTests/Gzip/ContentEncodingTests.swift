import Testing
import Wire

@Suite struct ContentEncodingTests {
    @Test(
        arguments: [
            ([], .identity),
            ([""], .identity),
            (["identity"], .identity),
            (["gzip"], .gzip),
            (["x-gzip"], .gzip),
            (["GZIP"], .gzip),
            ([" gzip\t"], .gzip),
            ([",gzip,"], .gzip),
            (["identity, gzip"], .gzip),
            (["gzip, identity"], .gzip),
            (["deflate"], .deflate),
            (["br"], .br),
            (["zstd"], .zstd),
            (["compress"], .compress),
            (["x-compress"], .compress),
            (["snappy"], .other),
            (["gzip;q=1"], .other),
            (["gzip, gzip"], .other),
            (["gzip, x-gzip"], .other),
            (["br, gzip"], .other),
            (["gzip, br, identity"], .other),
            (["gzip", "gzip"], .other),
            (["identity", "gzip"], .gzip),
            (["gzip\0"], .other),
        ] as [([String], ContentCoding)])
    func `the field names one coding, or other`(lines: [String], coding: ContentCoding) {
        var field = ContentEncoding()
        for line in lines { field.add(Array(line.utf8).span) }
        #expect(field.coding == coding)
    }
}
