import CCurl
import Network
import Wire

extension CurlTransfer {
    /// Content held for the reader before libcurl is paused; one more piece of up to 16 KiB may come on top.
    static let highWater = 64 << 10
    /// Content left when libcurl is asked for more.
    static let lowWater = 32 << 10
    // MARK: From libcurl

    /// One line of a head, with its line end.
    func received(headLine line: UnsafeRawBufferPointer) -> Bool {
        switch unsafe answer.take(line) {
        case .goesOn: return true
        case .complete:
            headIsComplete()
            return true
        case .refused(let kind):
            refusal = kind
            return false
        }
    }

    private func headIsComplete() {
        clock.progressed(client.reactor.now)
        if target.isTLS, !answer.announcesEnd(ofHead: request.shape == .head) {
            end = .byCloseNotify
            // Never one that an earlier session still holds.
            unsafe zg_close_flag_release(closeFlag)
            unsafe closeFlag = zg_close_flag_make()
            unsafe zg_curl_watch_close(easy.raw, closeFlag)
        }
        resumeReader()
        answeredEarly()
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
