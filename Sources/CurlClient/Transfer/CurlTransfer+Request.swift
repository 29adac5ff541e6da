import CCurl
import Network
import Wire

extension CurlTransfer {
    /// Sends the request, in the same turn of the loop. Never throws: what is wrong with it, `head` says.
    /// - Parameters:
    ///   - path: the request target in origin-form (RFC 9112 section 3.2.1), sent byte for byte. It must begin with `/` and
    ///   have no
    ///     control character, space or fragment.
    ///   - freshConnection: never over a connection that was used before: for a repeat after one that turned out to be closed.
    public func start(
        method: UpstreamMethod, path: Span<UInt8>, body: UpstreamBody = .none, limits: TransferLimits = .none,
        freshConnection: Bool = false
    ) {
        precondition(phase == .idle, "a transfer is started once, then recycled")
        phase = .running
        self.limits = limits
        clock.started = client.reactor.now
        guard isConfigured, setTarget(path) else {
            conclude(
                invalidRequest: isConfigured ? "bad request target" : "libcurl refuses this upstream's settings, or has no memory"
            )
            return
        }
        setShape(method, body)
        if freshConnection != request.isFresh {
            easy.set(CURLOPT_FRESH_CONNECT, freshConnection)
            request.isFresh = freshConnection
        }
        let hasContent = request.shape == .post || request.shape == .upload
        let list = unsafe lines.fill(from: headers, hasContent: hasContent)
        if unsafe list != request.list {
            unsafe zg_curl_set_pointer(easy.raw, CURLOPT_HTTPHEADER, list)
            unsafe request.list = unsafe list
        }
        guard client.multi.add(self) else {
            conclude(invalidRequest: "libcurl takes no transfer")
            return
        }
        setTimer()
    }

    private func conclude(invalidRequest message: String) {
        phase = .finished
        failure = TransferFailure(.invalidRequest, message: message, of: self)
    }

    /// CURLOPT_REQUEST_TARGET: the path by-passes libcurl's URL parser, so nothing of it is normalised or encoded anew.
    private func setTarget(_ path: Span<UInt8>) -> Bool {
        guard !path.isEmpty, path[0] == UInt8(ascii: "/") else { return false }
        guard path.isVisible else { return false }
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: path.count + 1) { text in
            unsafe path.withUnsafeBytes { unsafe UnsafeMutableRawBufferPointer(text).copyMemory(from: $0) }
            unsafe text[path.count] = 0
            return unsafe zg_curl_set_string(easy.raw, CURLOPT_REQUEST_TARGET, text.baseAddress) == CURLE_OK
        }
    }

    private func setShape(_ method: UpstreamMethod, _ body: UpstreamBody) {
        switch body {
        case .none where !method.anticipatesContent:
            setShape(method == .head ? .head : .get)
            setMethod(method, default: method == .head ? .head : .get)
        case .none, .stream(length: 0):
            setContent([])
            setMethod(method, default: .post)
        case .bytes(let content):
            setContent(content)
            setMethod(method, default: .post)
        case .stream(let length):
            setShape(.upload)
            easy.set(CURLOPT_INFILESIZE_LARGE, offset: length ?? -1)
            upload.begin(length: length)
            setMethod(method, default: .put)
        }
    }

    private func setContent(_ content: [UInt8]) {
        setShape(.post)
        easy.set(CURLOPT_POSTFIELDSIZE_LARGE, offset: content.count)
        // Copied, since the array may move after this call.
        _ = unsafe content.withUnsafeBytes { unsafe zg_curl_set_pointer(easy.raw, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) }
    }

    private func setShape(_ shape: RequestState.Shape) {
        guard shape != request.shape else { return }
        // HTTPGET takes back what each of the others sets.
        easy.set(CURLOPT_HTTPGET, true)
        switch shape {
        case .get: break
        case .head: easy.set(CURLOPT_NOBODY, true)
        case .post: easy.set(CURLOPT_POST, true)
        case .upload: easy.set(CURLOPT_UPLOAD, true)
        }
        request.shape = shape
    }

    private func setMethod(_ method: UpstreamMethod, default shapeMethod: UpstreamMethod) {
        let custom = method == shapeMethod ? nil : method
        guard custom != request.customMethod else { return }
        easy.set(CURLOPT_CUSTOMREQUEST, custom?.token)
        request.customMethod = custom
    }

    /// Makes the transfer ready for the next request.
    func reset() {
        cancel()
        headers.wipe()
        lines.wipe()
        answer.removeAll()
        if keepsSecret { body.wipe() } else { body.removeAll() }
        keepsSecret = false
        body.shrink(to: 32 << 10)
        // The content may be large, or secret.
        if request.shape == .post { unsafe zg_curl_set_pointer(easy.raw, CURLOPT_POSTFIELDS, nil) }
        upload.reset()
        phase = .idle
        failure = nil
        refusal = nil
        notesTLS = false
        tls = nil
        bodyCount = 0
        end = .announced
        isReceivePaused = false
        request.sendings = 0
        clock = TransferClock()
        limits = .none
    }
}

extension Span<UInt8> {
    /// Whether it can stand in a request line: no control character, no space, no fragment. Without branches, so that it is
    /// done in vectors.
    fileprivate var isVisible: Bool {
        var bad: UInt8 = 0
        for i in indices {
            let byte = self[i]
            bad |= (byte <= 0x20 ? 1 : 0) | (byte == 0x7F ? 1 : 0) | (byte == UInt8(ascii: "#") ? 1 : 0)
        }
        return bad == 0
    }
}
