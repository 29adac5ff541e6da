/// The candidate that `written` was most likely meant to be: by optimal string alignment distance, at most a third of its
/// length and at most 3, case ignored.
package func nearest(to written: String, among candidates: some Sequence<String>) -> String? {
    let target = Array(written.lowercased().utf8)
    guard !target.isEmpty, target.count <= 64 else { return nil }
    var best: String?
    var bestDistance = min(3, max(1, target.count / 3)) + 1
    for candidate in candidates {
        let bytes = Array(candidate.lowercased().utf8)
        guard bytes.count <= 64, abs(bytes.count - target.count) <= bestDistance else { continue }
        let distance = alignmentDistance(target, bytes)
        // Ties go to the one that sorts first: candidates may come from a set, in any order.
        if distance < bestDistance || distance == bestDistance && best.map({ candidate < $0 }) == true {
            (best, bestDistance) = (candidate, distance)
        }
    }
    return best
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`.
package func alignmentDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    var current = last
    for (i, x) in a.enumerated() {
        current[0] = i + 1
        for (j, y) in b.enumerated() {
            let replace = last[j] + (x == y ? 0 : 1)
            current[j + 1] = min(replace, last[j + 1] + 1, current[j] + 1)
            if i > 0, j > 0, x == b[j - 1], a[i - 1] == y {
                current[j + 1] = min(current[j + 1], beforeLast[j - 1] + 1)
            }
        }
        (beforeLast, last, current) = (last, current, beforeLast)
    }
    return last[b.count]
}
