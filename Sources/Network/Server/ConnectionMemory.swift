import Wire

/// The memory that a connection needs during a request. It is lent and returned: an idle connection has none.
final class ConnectionMemory {
    /// Fits most heads and small bodies.
    static let capacity = 4 << 10
    /// Space for reading a larger body.
    static let bodyCapacity = 16 << 10
    /// Fits most small responses. Allocated when the response begins, since a request may wait long before that.
    static let responseCapacity = 4 << 10
    /// A buffer that grew beyond this is not reused.
    private static let keptCapacity = 80 << 10

    var input = ByteBuffer(capacity: ConnectionMemory.capacity)
    var output = ResponseWriter()
    var parser: RequestHeadParser

    /// What of the input the gauge knows.
    private(set) var counted = 0

    init(limits: HeadLimits) {
        parser = RequestHeadParser(limits: limits)
    }

    /// Makes room for input, and counts what exceeds the usual size: the rest is bounded by the number of connections.
    func reserve(_ space: Int, _ gauge: MemoryGauge) {
        input.reserve(space)
        count(gauge)
    }

    /// Keeps the first `count` bytes of the input, and frees what was needed for a body after them.
    func shrink(to count: Int, _ gauge: MemoryGauge) {
        guard input.footprint > 2 * Self.capacity else { return }
        input.shrink(to: count, capacity: Self.capacity)
        self.count(gauge)
    }

    private func count(_ gauge: MemoryGauge) {
        let held = max(input.footprint - 2 * Self.capacity, 0)
        guard held != counted else { return }
        gauge.add(held - counted)
        counted = held
    }

    private func forget(_ gauge: MemoryGauge) {
        guard counted > 0 else { return }
        gauge.add(-counted)
        counted = 0
    }

    /// Parses the head at the start of the input.
    func parseHead() -> RequestHeadParser.Result { input.withUnread { parser.parse($0) } }

    /// Writes the output from `offset` on, as far as the socket accepts it.
    func write(from offset: Int, to stream: Stream) -> Stream.Transfer {
        let bytes = output.bytes
        return stream.write(bytes.span.extracting(offset...))
    }

    /// A bounded pool of unused connection memory.
    struct Pool {
        private var free: [ConnectionMemory] = []
        private var outputs: [ResponseWriter] = []
        private let limits: HeadLimits
        private let gauge: MemoryGauge
        private let kept: Int

        init(limits: HeadLimits, gauge: MemoryGauge, kept: Int = 64) {
            self.limits = limits
            self.gauge = gauge
            self.kept = kept
        }

        mutating func lend() -> ConnectionMemory {
            guard let memory = free.popLast() else { return ConnectionMemory(limits: limits) }
            memory.count(gauge)
            return memory
        }

        mutating func takeBack(_ memory: ConnectionMemory) {
            memory.forget(gauge)
            memory.input.wipe()
            var output = ResponseWriter()
            swap(&output, &memory.output)
            if outputs.count < kept, responseCapacity...keptCapacity ~= output.bytes.capacity {
                output.removeAll()
                outputs.append(output)
            }
            guard free.count < kept, memory.input.capacity <= keptCapacity else { return }
            memory.parser.reset()
            free.append(memory)
        }

        /// Gives the memory room for a response, which it has not had while the request waited.
        mutating func lendOutput(to memory: ConnectionMemory) {
            guard memory.output.bytes.isEmpty, memory.output.bytes.capacity < responseCapacity else { return }
            memory.output = outputs.popLast() ?? ResponseWriter(capacity: responseCapacity)
        }
    }
}
