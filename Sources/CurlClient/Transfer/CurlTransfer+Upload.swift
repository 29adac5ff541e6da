import CCurl
import Network

extension CurlTransfer {
    // MARK: From the writer

    /// Adds content to a request that was started with `.stream`. Suspends while more than 64 KiB wait to be sent.
    /// - Returns: false when the other side wants no more: it has answered with a failure already (RFC 9112 section 9.5), or the
    ///   transfer is over. `head` tells.
    /// - Throws: what ended the transfer.
    public func write(_ bytes: Span<UInt8>) async throws(TransferFailure) -> Bool {
        guard enqueue(bytes) else {
            if let failure { throw failure }
            return false
        }
        return try await drained()
    }

    /// Ends the content. What was announced must have been written; a request with less is cancelled.
    public func finishBody() {
        guard phase == .running, upload.isUnderWay else { return }
        guard upload.end() else { return fail(.requestIncomplete) }
        resumeSending()
    }

    /// Gives the request up, since the rest of its content will not come. The other side sees it cut off, never a clean end.
    public func abortBody() { fail(.requestIncomplete) }

    private func enqueue(_ bytes: Span<UInt8>) -> Bool {
        guard phase == .running, upload.isUnderWay, !upload.isEnded else { return false }
        guard upload.append(bytes) else {
            fail(.requestIncomplete)
            return false
        }
        resumeSending()
        return true
    }

    private func drained() async throws(TransferFailure) -> Bool {
        if mustWait {
            await unsafe withUnsafeContinuation { continuation in
                precondition(unsafe writer == nil, "two tasks write one request")
                if mustWait { unsafe writer = continuation } else { unsafe continuation.resume() }
            }
        }
        if let failure { throw failure }
        return phase == .running && upload.isUnderWay
    }

    private var mustWait: Bool { phase == .running && upload.isUnderWay && upload.pending.count > Self.highWater }

    private func resumeSending() {
        guard upload.isPaused, phase == .running else { return }
        upload.isPaused = false
        clock.progressed(client.reactor.now)
        let code = unsafe curl_easy_pause(easy.raw, isReceivePaused ? CURLPAUSE_RECV : CURLPAUSE_CONT)
        if code != CURLE_OK { fail(refusal ?? .internalError) }
        setTimer()
    }

    // MARK: From libcurl

    /// libcurl wants content.
    /// - Returns: what CURLOPT_READFUNCTION returns.
    func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = unsafe upload.pending.move(into: buffer)
        guard count > 0 else {
            if upload.isEnded || !upload.isUnderWay {
                clock.requestSentAt = client.reactor.now
                return 0
            }
            upload.isPaused = true
            return Int(CURL_READFUNC_PAUSE)
        }
        clock.progressed(client.reactor.now)
        if upload.remaining == 0, upload.pending.isEmpty { clock.requestSentAt = client.reactor.now }
        if upload.pending.count <= Self.lowWater { resumeWriter() }
        return count
    }

    /// The answer's head has come. If it is a failure, libcurl sends no more of the content (RFC 9110 section 10.1.1 and 9112
    /// section 9.5), and must not go on waiting for it.
    func answeredEarly() {
        guard upload.isUnderWay, status >= 300 else { return }
        upload.stop()
        resumeWriter()
        if upload.isPaused { client.multi.resumeSendingLater(self) }
    }

    func resumeStoppedUpload() { resumeSending() }
}
