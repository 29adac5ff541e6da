import Testing

@testable import Gateway

@Suite struct RollCallTests {
    @Test func `it ends when all have responded`() async {
        let call = RollCall(of: 3)
        for member in [2, 0, 1] { call.answer(member) }
        await call.wait()
        #expect(call.silent.isEmpty)
    }

    @Test func `when the time is up it says who has not`() async {
        let call = RollCall(of: 3)
        call.answer(1)
        call.end()
        await call.wait()
        #expect(call.silent == [0, 2])
        call.answer(0)
        #expect(call.silent == [2])
    }

    @Test func `nobody is waited for in an empty group`() async { await RollCall(of: 0).wait() }
}
