/// Which results speak for or against an upstream.
extension CircuitBreaker.Result {
    /// An answer: 502, 503 and 504 say that there is nobody behind; any other, a 4xx above all, comes from somebody alive.
    public init(status: Int) {
        self =
            switch status {
            case 502, 503, 504: .failure
            case 429: .neutral
            default: .success
            }
    }

    /// No answer.
    public init(failure: AttemptFailure) {
        self =
            switch failure.cause {
            case .breakerOpen, .resources: .neutral
            // An idle connection that was closed says nothing; a broken body came from somebody alive.
            case .reset: failure.isIdleConnectionRace ? .neutral : .failure
            case .contentCoding: .success
            // The deadline can be the caller's own, as short as it likes.
            case .totalTimeout: .neutral
            case .resolve, .refused, .connect, .connectTimeout, .tls, .tlsRefused, .certificate, .firstByteTimeout, .stallTimeout,
                .protocolError, .incomplete:
                .failure
            }
    }
}
