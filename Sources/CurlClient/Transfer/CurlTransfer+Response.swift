import CCurl
import EventLoop
import HTTPWire

extension CurlTransfer {
    /// Content held for the reader before libcurl is paused; one more piece of up to 16 KiB may come on top.
    static let highWater = 64 << 10
    /// Content left when libcurl is asked for more.
    static let lowWater = 32 << 10
    /// The answer's head, all fields together.
    static let maximumHead = 128 << 10
    static let maximumFields = 256

    // MARK: From libcurl

    /// One line of a head, with its line end.
    func received(headLine line: UnsafeRawBufferPointer) -> Bool {
        clock.progressed(client.reactor.now)
        // The trailer's fields come after the content.
        if isHeadComplete { return true }
        headCount += line.count
        guard headCount <= Self.maximumHead, fields.fields.count < Self.maximumFields else { return refuse(.headTooLarge) }
        guard let first = unsafe line.first else { return true }
        if first == 0x0D || first == 0x0A { return endOfHead() }
        if unsafe StatusLine.begins(line) {
            guard let statusLine = unsafe StatusLine(line) else { return refuse(.protocolError) }
            status = statusLine.status
            httpVersion = statusLine.version
            fields.removeAll()
            return true
        }
        return unsafe fields.append(responseLine: Span(_unsafeElements: line.assumingMemoryBound(to: UInt8.self)))
            || refuse(.protocolError)
    }

    private func endOfHead() -> Bool {
        // A switch of protocols was not asked for.
        if status == 101 { return refuse(.protocolError) }
        guard status >= 200 else { return true }
        isHeadComplete = true
        if !isEndAnnounced, target.isTLS {
            end = .byCloseNotify
            unsafe zg_curl_watch_close(easy.raw, closeNotified)
        }
        resumeReader()
        answeredEarly()
        return true
    }

    /// Whether the answer has no content, or says where it ends (RFC 9112 section 6.3).
    private var isEndAnnounced: Bool {
        if request.shape == .head || status == 204 || status == 304 || httpVersion == .http2 { return true }
        return fields.fields.contains { $0.name == .contentLength || $0.name == .transferEncoding }
    }

    /// Remembers why libcurl is told to give up.
    private func refuse(_ kind: TransferFailure.Kind) -> Bool {
        refusal = kind
        return false
    }

    /// A piece of content.
    /// - Returns: what CURLOPT_WRITEFUNCTION returns.
    func received(content: UnsafeRawBufferPointer) -> Int {
        guard body.count < Self.highWater else {
            isReceivePaused = true
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        unsafe body.append(content)
        bodyCount += content.count
        clock.progressed(client.reactor.now)
        resumeReader()
        return content.count
    }

    // MARK: From the reader

    /// Drops the first `count` bytes of `body`; more may come now.
    public func consume(_ count: Int) {
        body.consume(count)
        resumeReceiving()
    }

    /// Moves all of `body` to the end of `array`; without copying, if that is empty.
    public func takeBody(into array: inout [UInt8]) {
        body.move(into: &array)
        resumeReceiving()
    }

    private func resumeReceiving() {
        guard isReceivePaused, phase == .running, body.count <= Self.lowWater else { return }
        isReceivePaused = false
        clock.progressed(client.reactor.now)
        // May hand over at once what libcurl holds back, and so be paused again before it returns.
        let code = unsafe curl_easy_pause(easy.raw, upload.isPaused ? CURLPAUSE_SEND : CURLPAUSE_CONT)
        if code != CURLE_OK { fail(refusal ?? .internalError) }
        setTimer()
    }
}
