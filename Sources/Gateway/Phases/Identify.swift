import Network
import Policy
import Wire

/// identify: who is calling. What the connection knows of its peer, as the policy wants it.
extension Gateway {
    func evidence(of info: ConnectionInfo, _ snapshot: Snapshot) -> CallerEvidence {
        if snapshot.trustsEveryone { return .none }
        var evidence = CallerEvidence()
        if let peer = info.peer { evidence.peer = .init(pid: peer.pid, uid: peer.uid, gid: peer.gid) }
        evidence.names = info.subjectAlternativeNames.compactMap { SubjectAlternativeName($0.utf8) }
        return evidence
    }
}
