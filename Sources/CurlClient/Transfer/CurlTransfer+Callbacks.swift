import CCurl
import Network

extension CurlTransfer {
    /// Sets what libcurl calls. The context is this object, which is alive while libcurl has the handle, save for the closing
    /// of sockets: a connection outlives the transfer that opened it.
    func installCallbacks() {
        let raw = unsafe easy.raw
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe zg_curl_set_pointer(raw, CURLOPT_PRIVATE, me)
        unsafe zg_curl_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText)
        unsafe zg_curl_set_pointer(raw, CURLOPT_HEADERDATA, me)
        unsafe zg_curl_set_pointer(raw, CURLOPT_WRITEDATA, me)
        unsafe zg_curl_set_pointer(raw, CURLOPT_READDATA, me)
        unsafe zg_curl_set_pointer(raw, CURLOPT_PREREQDATA, me)
        unsafe zg_curl_set_pointer(raw, CURLOPT_OPENSOCKETDATA, me)
        unsafe zg_curl_set_pointer(raw, CURLOPT_CLOSESOCKETDATA, Unmanaged.passUnretained(client.multi).toOpaque())
        unsafe zg_curl_set_pointer(raw, CURLOPT_SHARE, client.multi.share)
        unsafe zg_curl_set_data_callback(raw, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let context = unsafe context else { return 0 }
            return unsafe Unmanaged<CurlTransfer>.fromOpaque(context)._withUnsafeGuaranteedRef {
                let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
                return unsafe $0.received(headLine: line) ? line.count : 0
            }
        }
        unsafe zg_curl_set_data_callback(raw, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let context = unsafe context else { return 0 }
            return unsafe Unmanaged<CurlTransfer>.fromOpaque(context)._withUnsafeGuaranteedRef {
                unsafe $0.received(content: UnsafeRawBufferPointer(start: bytes, count: size * count))
            }
        }
        unsafe zg_curl_set_data_callback(raw, CURLOPT_READFUNCTION) { bytes, size, count, context in
            guard let context = unsafe context else { return Int(CURL_READFUNC_ABORT) }
            return unsafe Unmanaged<CurlTransfer>.fromOpaque(context)._withUnsafeGuaranteedRef {
                unsafe $0.send(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
            }
        }
        unsafe zg_curl_set_request_callback(raw) { context, _, _, _, _ in
            guard let context = unsafe context else { return CURL_PREREQFUNC_ABORT }
            return unsafe Unmanaged<CurlTransfer>.fromOpaque(context)._withUnsafeGuaranteedRef {
                $0.aboutToSend() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            }
        }
        unsafe zg_curl_set_open_callback(raw) { context, _, address in
            guard let context = unsafe context, let address = unsafe address else { return CURL_SOCKET_BAD }
            return unsafe Unmanaged<CurlTransfer>.fromOpaque(context)._withUnsafeGuaranteedRef {
                $0.openSocket(
                    family: unsafe address.pointee.family, type: unsafe address.pointee.socktype,
                    proto: unsafe address.pointee.protocol)
            }
        }
        unsafe zg_curl_set_close_callback(raw) { context, descriptor in
            guard let context = unsafe context else { return 0 }
            return unsafe Unmanaged<MultiHandle>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.closeSocket(descriptor) }
        }
    }

    /// libcurl has a connection and is about to send the request.
    ///
    /// When a connection that was used before turns out to be closed, libcurl sends the request once more by itself, whatever
    /// its method. Whether a request may be repeated is not libcurl's to decide: the second sending is refused, and the failure
    /// says what happened.
    private func aboutToSend() -> Bool {
        request.sendings += 1
        guard request.sendings == 1 else {
            refusal = .reset
            return false
        }
        if notesTLS, target.isTLS { tls = TLSAgreement(easy) }
        clock.connected(client.reactor.now, sendsContentLater: request.shape == .upload)
        return true
    }

    private func openSocket(family: Int32, type: Int32, proto: Int32) -> Int32 {
        guard request.sendings == 0 else {
            refusal = .reset
            return CURL_SOCKET_BAD
        }
        return client.multi.open(family, type, proto)
    }
}
