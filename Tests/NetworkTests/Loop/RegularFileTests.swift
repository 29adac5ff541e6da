import Foundation
import Network
import TestSupport
import Testing

/// What is not a regular file is refused at once, not waited for.
@Suite(.timeLimit(.minutes(1))) struct RegularFileTests {
    private let scratch: ScratchFolder
    private var folder: String { scratch.path }

    init() throws { scratch = try ScratchFolder() }

    private func code(_ path: String, limit: Int = 1000) -> Int32? {
        do throws(SystemError) {
            _ = try RegularFile.read(path, limit: limit)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `a regular file is read whole, up to the limit`() throws {
        let path = folder + "/a"
        try Data(repeating: 7, count: 700_000).write(to: URL(filePath: path))
        #expect(try RegularFile.read(path, limit: 700_000) == [UInt8](repeating: 7, count: 700_000))
        #expect(code(path, limit: 699_999) == EFBIG)
        // It says that it is empty.
        #expect(try !RegularFile.read("/proc/self/stat", limit: 1 << 20).isEmpty)
        #expect(code("/proc/self/smaps", limit: 100) == EFBIG)
    }

    @Test func `a FIFO, a directory, a device and a file that is huge are errors that name the file`() throws {
        let fifo = folder + "/fifo"
        #expect(mkfifo(fifo, 0o600) == 0)
        #expect(code(fifo) == ENOTSUP)
        #expect(code(folder) == EISDIR)
        #expect(code("/dev/zero") == ENOTSUP)
        #expect(code(folder + "/none") == ENOENT)
        let huge = folder + "/huge"
        #expect(FileManager.default.createFile(atPath: huge, contents: nil))
        #expect(truncate(huge, 10 << 30) == 0)
        #expect(code(huge) == EFBIG)
        let error = #expect(throws: SystemError.self) { try RegularFile.read(fifo, limit: 1, name: "key \(fifo)") }
        #expect(error?.description.hasPrefix("key \(fifo): ") == true)
    }
}
