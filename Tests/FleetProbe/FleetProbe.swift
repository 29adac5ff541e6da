import FleetModel
import Glibc
import Policy
import TestSupport

/// What the fleet's tests run outside of a test (Tests/Conformance/fleet, `make fleet`). No part of the product.
///
///     fleet-probe compare PORT OPERATIONS SEED    the scripts on a server, held against their model
///     fleet-probe replies PORT                    replies of every kind from a server, and the scripts as a user with few rights
///     fleet-probe costs PORT                      how long a server takes for each script
///     fleet-probe parse                           what the reader makes of framed bytes on standard input, a line of JSON each
///     fleet-probe simulate SEEDS                  a thousand members in virtual time
@main
struct FleetProbe {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let numbers = arguments.dropFirst().map { Int($0) ?? -1 }
        let failures: Int
        switch (arguments.first, numbers.count) {
        case ("compare", 3):
            guard let connection = StoreConnection(port: numbers[0]) else { fail("no server at port \(numbers[0])") }
            failures = Comparison(connection, seed: UInt64(numbers[2])).run(operations: numbers[1])
        case ("replies", 1):
            guard let connection = StoreConnection(port: numbers[0]) else { fail("no server at port \(numbers[0])") }
            failures = realReplies(connection) + restrictedUser(connection, port: numbers[0])
        case ("costs", 1):
            guard let connection = StoreConnection(port: numbers[0]) else { fail("no server at port \(numbers[0])") }
            costs(connection)
            failures = 0
        case ("parse", 0):
            parseFrames()
            failures = 0
        case ("simulate", 1):
            failures = simulate(seeds: numbers[0])
        default: fail("usage: fleet-probe compare PORT OPERATIONS SEED | replies PORT | costs PORT | parse | simulate SEEDS")
        }
        exit(failures == 0 ? 0 : 1)
    }

    static func fail(_ text: String) -> Never {
        let message = Array("fleet-probe: \(text)\n".utf8)
        _ = write(STDERR_FILENO, message, message.count)
        exit(64)
    }
}

/// A connection to a store on this machine, with the reader and writer that the gateway has.
final class StoreConnection {
    private let socket: Int32
    private var reader = RESPReader()

    init?(port: Int) {
        // A server that hangs is a failure, not a test that hangs.
        guard let port = UInt16(exactly: port), let socket = LoopbackSocket.connect(port: port, readTimeout: 20)
        else { return nil }
        self.socket = socket
        var on: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(socket) }

    func send(_ bytes: [UInt8]) {
        guard LoopbackSocket.send(socket, bytes) else { FleetProbe.fail("the server is gone") }
    }

    func receive() -> RESPValue {
        while true {
            do throws(RESPReader.Failure) {
                if let value = try reader.next() { return value }
            } catch {
                FleetProbe.fail("a reply that is none: \(error)")
            }
            let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
                count = max(0, recv(socket, buffer.baseAddress, buffer.count, 0))
            }
            guard !chunk.isEmpty else { FleetProbe.fail("no reply from the server") }
            reader.receive(chunk)
        }
    }

    func run(_ parts: String...) -> RESPValue {
        send(StoreCommand.bytes(parts))
        return receive()
    }
}
