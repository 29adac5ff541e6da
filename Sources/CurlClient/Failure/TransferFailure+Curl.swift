import CCurl
import Glibc

extension TransferFailure {
    /// What libcurl's result means.
    init(_ code: CURLcode, of transfer: CurlTransfer) {
        let said = unsafe String(cString: transfer.errorText)
        let kind = transfer.refusal ?? Kind(code, said: said, transfer)
        // Where a callback of ours stopped libcurl, its words are about the callback.
        let message = transfer.refusal != nil || said.isEmpty ? kind.text : said
        self.init(kind, message: message, of: transfer)
    }

    init(_ kind: Kind, message: String, of transfer: CurlTransfer) {
        self.kind = kind
        self.message = message
        let sendings = transfer.request.sendings
        if case .tls = kind {
            // In TLS 1.3 a request goes out before the other side has judged our certificate; it is not read if that is refused.
            mayHaveReachedUpstream = false
        } else {
            mayHaveReachedUpstream = sendings > 0 && (sendings > 1 || transfer.easy.number(CURLINFO_REQUEST_SIZE) > 0)
        }
        // A second sending is libcurl's reaction to a connection that was used before.
        onReusedConnection = sendings > 1 || (sendings == 1 && transfer.easy.number(CURLINFO_NUM_CONNECTS) == 0)
        receivedAnyByte = transfer.answer.count > 0
    }
}

extension TransferFailure.Kind {
    init(_ code: CURLcode, said: String, _ transfer: CurlTransfer) {
        let hasAnswer = transfer.answer.count > 0
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            self = .unresolved
        case CURLE_COULDNT_CONNECT:
            self = transfer.easy.number(CURLINFO_OS_ERRNO) == Int(ECONNREFUSED) ? .connectionRefused : .unreachable
        case CURLE_OPERATION_TIMEDOUT:
            // The only time that libcurl keeps.
            self = .timedOut(.connect)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            self = .tls(.init(verification: transfer.easy.number(CURLINFO_SSL_VERIFYRESULT), said: said))
        case CURLE_SSL_CONNECT_ERROR:
            self = .tls(.init(handshake: said))
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ENGINE_NOTFOUND:
            self = .badCredentialFile
        case CURLE_SSL_CIPHER:
            self = .tls(.handshake)
        case CURLE_PARTIAL_FILE:
            self = .truncated
        case CURLE_PROXY:
            self = .proxyRefused(0)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_SEND_FAIL_REWIND:
            self = .init(brokenConnection: said, transfer)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP_RETURNED_ERROR,
            CURLE_FILESIZE_EXCEEDED:
            self = .protocolError
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT:
            self = .invalidRequest
        default:
            self = hasAnswer ? .truncated : .internalError
        }
    }

    /// A connection that broke: in the tunnel's or the TLS's beginning, before the answer, or in it.
    private init(brokenConnection said: String, _ transfer: CurlTransfer) {
        let tunnel = transfer.easy.number(CURLINFO_HTTP_CONNECTCODE)
        if tunnel != 0, tunnel / 100 != 2 {
            self = .proxyRefused(tunnel)
        } else if transfer.answer.count > 0 {
            self = .truncated
        } else if TransferFailure.TLSFault.refusesCertificate(said), transfer.easy.number(CURLINFO_NUM_CONNECTS) > 0 {
            // In TLS 1.3 the client's certificate is judged after the client believes that the handshake is over.
            self = .tls(.clientCertificate)
        } else {
            self = .reset
        }
    }
}

extension TransferFailure.TLSFault {
    /// - Parameter code: X509_V_ERR_* of OpenSSL (verify(1)), which libcurl hands through.
    init(verification code: Int, said: String) {
        switch code {
        case 10: self = .certificateExpired
        case 9: self = .certificateNotYetValid
        case 23: self = .certificateRevoked
        // No issuer found, or a self-signed certificate.
        case 2, 18, 19, 20, 21: self = .unknownAuthority
        case 62, 63, 64: self = .wrongHost
        // The chain is good; libcurl compares the names itself, and leaves no code of OpenSSL's behind.
        case 0: self = .wrongHost
        default: self = said.contains("subject name") ? .wrongHost : .otherCertificate
        }
    }

    /// - Parameter said: what OpenSSL calls it (openssl-errors).
    init(handshake said: String) {
        if said.contains("protocol version") || said.contains("unsupported protocol") || said.contains("no protocols available") {
            self = .protocolVersion
        } else {
            self = Self.refusesCertificate(said) ? .clientCertificate : .handshake
        }
    }

    /// Whether OpenSSL reports an alert that says that a certificate of ours is missing or not wanted (RFC 8446 section 6.2).
    fileprivate static func refusesCertificate(_ said: String) -> Bool {
        ["certificate ", "bad certificate", "unsupported certificate", "unknown ca", "access denied"]
            .contains { said.contains("alert " + $0) }
    }
}
