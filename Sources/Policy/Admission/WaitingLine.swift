/// A first-come-first-served line: whoever leaves at its head leaves in constant time on average, where an array would move all the
/// others up. In the middle it costs what an array costs.
struct WaitingLine<Element: Sendable>: Sendable {
    private var elements: [Element] = []
    /// Elements at the front that have left.
    private var left = 0

    mutating func append(_ element: Element) { elements.append(element) }

    /// - Parameter index: from 0 to `count` - 1.
    mutating func remove(at index: Int) -> Element {
        guard index == 0 else { return elements.remove(at: left + index) }
        let element = elements[left]
        left += 1
        // Never more of them than of those who wait.
        if left > elements.count / 2 {
            elements.removeFirst(left)
            left = 0
        }
        return element
    }

    mutating func removeAll(where isOver: (Element) -> Bool) {
        elements.removeFirst(left)
        left = 0
        elements.removeAll(where: isOver)
    }
}

extension WaitingLine: RandomAccessCollection {
    var startIndex: Int { 0 }
    var endIndex: Int { elements.count - left }
    subscript(index: Int) -> Element { elements[left + index] }
}
