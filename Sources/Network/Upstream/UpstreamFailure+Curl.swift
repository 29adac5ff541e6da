import CCurl
import Glibc

/// Maps libcurl's results (libcurl-errors(3)).
extension UpstreamFailure.Kind {
    /// The failure of a dial: nothing of a request had been sent.
    init(dial code: CURLcode, said: String, _ easy: CurlEasy) {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            self = .unresolved
        case CURLE_COULDNT_CONNECT:
            // 8.21 and later also report a refused tunnel with this code.
            let tunnel = easy.number(CURLINFO_HTTP_CONNECTCODE)
            if tunnel != 0, tunnel / 100 != 2 {
                self = .proxyRefused(tunnel)
            } else {
                self = easy.number(CURLINFO_OS_ERRNO) == Int(ECONNREFUSED) ? .connectionRefused : .unreachable
            }
        case CURLE_OPERATION_TIMEDOUT:
            self = .timedOut(.connect)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            let result = easy.number(CURLINFO_SSL_VERIFYRESULT)
            // A proxy over TLS has a result of its own.
            self = .tls(.init(verification: result != 0 ? result : easy.number(CURLINFO_PROXY_SSL_VERIFYRESULT), said: said))
        case CURLE_SSL_CONNECT_ERROR:
            self = .tls(.init(handshake: said))
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ENGINE_NOTFOUND:
            self = .badCredentialFile
        case CURLE_SSL_CIPHER:
            self = .tls(.handshake)
        case CURLE_PROXY:
            self = .proxyRefused(0)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR:
            let tunnel = easy.number(CURLINFO_HTTP_CONNECTCODE)
            if tunnel != 0, tunnel / 100 != 2 {
                self = .proxyRefused(tunnel)
            } else {
                self = .reset
            }
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNSUPPORTED_PROTOCOL:
            self = .invalidRequest
        default:
            self = .internalError
        }
    }
}

extension UpstreamFailure.TLSFault {
    /// - Parameter code: X509_V_ERR_* of OpenSSL (X509_STORE_CTX_get_error(3)), as passed through by libcurl.
    fileprivate init(verification code: Int, said: String) {
        switch code {
        case 10: self = .certificateExpired
        case 9: self = .certificateNotYetValid
        case 23: self = .certificateRevoked
        // No issuer found, or a self-signed certificate.
        case 2, 18, 19, 20, 21: self = .unknownAuthority
        case 62, 63, 64: self = .wrongHost
        // The chain is valid; libcurl compares the names itself, without an OpenSSL code.
        case 0: self = .wrongHost
        default: self = said.contains("subject name") ? .wrongHost : .otherCertificate
        }
    }

    /// - Parameter said: OpenSSL's message.
    fileprivate init(handshake said: String) {
        let isVersion = ["protocol version", "unsupported protocol", "no protocols available"].contains { said.contains($0) }
        self = isVersion ? .protocolVersion : .handshake
    }
}
