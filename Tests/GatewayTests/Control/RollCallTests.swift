import Testing

@testable import Gateway

@Suite struct RollCallTests {
    @Test func `it ends when all have responded`() async {
        let call = RollCall<Int>(of: 3)
        for member in [2, 0, 1] { call.answer(member, member * 10) }
        await call.wait()
        #expect(call.silent.isEmpty)
        #expect(call.answers == [0, 10, 20])
    }

    @Test func `when the time is up it says who has not`() async {
        let call = RollCall<Int>(of: 3)
        call.answer(1, 10)
        call.end()
        await call.wait()
        #expect(call.silent == [0, 2])
        call.answer(0, 0)
        #expect(call.silent == [2] && call.answers == [0, 10, nil])
    }

    @Test func `nobody is waited for in an empty group`() async { await RollCall<Int>(of: 0).wait() }
}
