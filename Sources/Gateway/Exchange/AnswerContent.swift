/// An upstream answer's content, as far as it is in memory.
struct AnswerContent {
    /// As it came.
    var bytes: [UInt8] = []
    /// The same without its content coding, where somebody had to read it.
    var decoded: [UInt8]?
    /// What its head says; nil until it was read.
    var facts: AnswerFacts?
}
