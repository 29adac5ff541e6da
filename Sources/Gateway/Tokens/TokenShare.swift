import Network
import Policy
import Wire

/// What a member knows of one version of one credential's tokens.
final class TokenShare {
    let seal: TokenSeal
    /// The id under which the store knows its holder.
    let member: String
    /// The fetch in progress.
    var machine: SharedFetch?
    var order: FetchOrder
    /// The store is not connected yet: the fetch begins when it is.
    var isPending = false
    /// The token that was fetched here, until it is published.
    var grant: TokenGrant?
    /// The generation of the token that is held.
    var generation: Int64?
    /// When this member may call without the store, until there is a token.
    var aloneAt: Instant?
    var timer: Timer?

    init(_ seal: TokenSeal, _ order: FetchOrder, member: String) {
        self.seal = seal
        self.member = member
        self.order = order
    }
}
