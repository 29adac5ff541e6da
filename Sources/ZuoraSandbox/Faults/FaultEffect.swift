/// What a fault does to one call.
public struct FaultEffect: Hashable, Sendable {
    /// Whether Zuora does what the call asks for, whatever the caller gets to see of it.
    public var acts = true
    /// An answer instead of Zuora's.
    public var answer: FaultAnswer?
    /// The form of a token answer.
    public var tokenAnswer: TokenAnswer?
    public var gzip: GzipDamage?
    /// Fields added to the answer.
    public var fields: [Field] = []
    public var delay: Duration = .zero
    public var bodyDelay: Duration = .zero
    public var bytesPerSecond: Int?
    public var pieceSize: Int?
    public var framing: Delivery.Framing?
    public var ending: Delivery.Ending?
    /// The connection breaks in the middle of whatever body there is.
    public var breaksInBody: BodyBreak?
    public var interim: Int?
    public var closes = false

    /// How a connection breaks in the middle of a body.
    public enum BodyBreak: Hashable, Sendable { case close, reset, hold }

    public init() {}

    /// Changes how the reply is delivered.
    func apply(to delivery: inout Delivery, bodyCount: Int) {
        delivery.delay += delay
        delivery.bodyDelay += bodyDelay
        if let bytesPerSecond { delivery.drip(bytesPerSecond: bytesPerSecond) }
        if let pieceSize { delivery.pieceSize = pieceSize }
        if let framing { delivery.framing = framing }
        if let ending { delivery.ending = ending }
        switch breaksInBody {
        case .close: delivery.ending = .closeAfter(bodyCount / 2)
        case .reset: delivery.ending = .resetAfter(bodyCount / 2)
        case .hold: delivery.ending = .holdAfter(bodyCount / 2)
        case nil: break
        }
        if let interim { delivery.interim = interim }
        if closes { delivery.closes = true }
    }
}
