import Foundation
import TestSupport
import Testing
import Wire

@testable import Network

@Suite struct DirectoryWatcherTests {
    @Test func `a file replaced by renaming, and a link swapped, are noticed`() async throws {
        let folder = try ScratchFolder()
        try await TestLoop.with { loop in
            for change in [
                { try! "new".write(toFile: folder.path + "/secret", atomically: true, encoding: .utf8) },
                { try! FileManager.default.createSymbolicLink(atPath: folder.path + "/..data", withDestinationPath: "v1") },
            ] as [@Sendable () -> Void] {
                await withCheckedContinuation { continuation in
                    var isTold = false
                    var watcher: DirectoryWatcher?
                    watcher = try? DirectoryWatcher(reactor: loop.reactor, pollInterval: .seconds(3600)) {
                        guard !isTold else { return }
                        isTold = true
                        watcher?.stop()
                        watcher = nil
                        continuation.resume()
                    }
                    watcher?.watch(directoriesOf: [folder.path + "/secret"])
                    change()
                }
            }
        }
    }

    @Test func `without any change the poll tells`() async throws {
        try await TestLoop.with { loop in
            await withCheckedContinuation { continuation in
                var watcher: DirectoryWatcher?
                watcher = try? DirectoryWatcher(reactor: loop.reactor, pollInterval: .milliseconds(5)) {
                    guard let told = watcher else { return }
                    watcher = nil
                    told.stop()
                    continuation.resume()
                }
            }
        }
    }
}
