import Foundation
import TestSupport
import Testing
import Wire

/// The other side is Python's zlib and gzip modules.
@Suite struct PythonTests {
    @Test func `what Python encodes is decoded`() throws {
        let pairs = try Python.run(
            """
            import gzip, io, json, random, struct, sys, zlib
            random.seed(9)
            def put(b): sys.stdout.buffer.write(struct.pack("<I", len(b)) + b)
            def pair(body, encoded): put(body); put(encoded)
            for size in (0, 1, 20, 1000, 1001, 40000, 200000):
                text = json.dumps([{"id": random.getrandbits(64), "status": "cancelled"} for _ in range(size // 50 + 1)])[:size].encode()
                for body in (text, random.randbytes(size), b"x" * size):
                    for level in (1, 6, 9): pair(body, gzip.compress(body, level))
                    for strategy in (zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED):
                        c = zlib.compressobj(6, zlib.DEFLATED, 31, 8, strategy)
                        half = len(body) // 2
                        parts = [c.compress(body[:half]), c.flush(zlib.Z_FULL_FLUSH), c.compress(body[half:]), c.flush()]
                        pair(body, b"".join(parts))
                    pair(body + body, gzip.compress(body) + gzip.compress(body, 1))
                    out = io.BytesIO()
                    with gzip.GzipFile("a name.json", "wb", fileobj=out, mtime=1) as f: f.write(body)
                    pair(body, out.getvalue())
            """)
        var random = SplitMix64(seed: 6)
        let inflater = try Inflater()
        let blobs = Python.split(pairs)
        #expect(blobs.count == 2 * 7 * 3 * 9)
        for i in stride(from: 0, to: blobs.count - 1, by: 2) {
            inflater.reset()
            let decoded = try decode(
                blobs[i + 1], with: inflater, input: { .random(in: 1...5000, using: &random) },
                output: { .random(in: 1...9000, using: &random) })
            #expect(decoded == blobs[i], "pair \(i / 2)")
        }
    }

    @Test func `what is encoded here is decoded by Python`() throws {
        var random = SplitMix64(seed: 10)
        var given: [UInt8] = []
        var bodies: [[UInt8]] = []
        let deflater = try Deflater()
        for size in [0, 1, 20, 999, 1000, 65_536, 300_000] {
            for _ in 0..<4 {
                let body = Body.any(size, &random)
                deflater.reset()
                let encoded = try encode(
                    body, with: deflater, input: { .random(in: 1...5000, using: &random) },
                    output: { .random(in: 1...9000, using: &random) })
                bodies.append(body)
                given += withUnsafeBytes(of: UInt32(encoded.count).littleEndian) { Array($0) } + encoded
            }
        }
        let response = try Python.run(
            """
            import gzip, struct, sys
            read = sys.stdin.buffer.read
            while head := read(4):
                body = gzip.decompress(read(struct.unpack("<I", head)[0]))
                sys.stdout.buffer.write(struct.pack("<I", len(body)) + body)
            """, input: given)
        #expect(Python.split(response) == bodies)
    }
}

private enum Python {

    struct Failed: Error { var status: Int32 }

    /// What a program writes to its standard output.
    static func run(_ program: String, input: [UInt8] = []) throws -> [UInt8] {
        let folder = try ScratchFolder()
        // Files, so that neither side can wait for the other's pipe.
        let (source, target) = (URL(filePath: folder.path + "/in"), URL(filePath: folder.path + "/out"))
        try Data(input).write(to: source)
        try Data().write(to: target)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program]
        process.standardInput = try FileHandle(forReadingFrom: source)
        process.standardOutput = try FileHandle(forWritingTo: target)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(status: process.terminationStatus) }
        return Array(try Data(contentsOf: target))
    }

    /// Blobs, each after its length in four bytes.
    static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        var blobs: [[UInt8]] = []
        var rest = bytes[...]
        while rest.count >= 4 {
            let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            blobs.append(Array(rest.dropFirst(4).prefix(length)))
            rest = rest.dropFirst(4 + length)
        }
        return blobs
    }
}
