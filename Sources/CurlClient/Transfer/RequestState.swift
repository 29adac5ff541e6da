import CCurl

/// What an easy handle is set to do. Options are kept from one request to the next, so only what differs is set again.
@safe struct RequestState {
    /// The options that decide how libcurl builds the request; each resets the others.
    enum Shape { case get, head, post, upload }

    var shape = Shape.get
    /// CURLOPT_CUSTOMREQUEST; nil where the shape's own method is meant.
    var customMethod: UpstreamMethod?
    /// CURLOPT_FRESH_CONNECT.
    var isFresh = false
    /// What CURLOPT_HTTPHEADER points to.
    var list: UnsafeMutablePointer<curl_slist>?
    /// How often libcurl was about to send the request: more than once, when it tries again by itself.
    var sendings = 0
}
