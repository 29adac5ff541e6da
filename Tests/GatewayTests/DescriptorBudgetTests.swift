import Testing

@testable import Gateway

@Suite struct DescriptorBudgetTests {
    @Test(arguments: [DescriptorBudget.least, 140, 256, 1024, 4096, 65_536, 1 << 20, .max])
    func `where descriptors are few, the admin listener takes none that callers and upstreams may use`(limit: Int) {
        let budget = DescriptorBudget(limit: limit)
        // Files, logs and listeners take up to 32.
        #expect(budget.adminConnections >= 32)
        #expect(budget.adminConnections <= 256)
        #expect(limit > 1024 || 32 + budget.adminConnections + budget.sockets <= limit)
    }
}
