import CCurl

/// A libcurl easy handle, with its options and answers typed.
@safe struct EasyHandle {
    /// nil when there was no memory for it. libcurl refuses whatever is then asked of it (CURLE_BAD_FUNCTION_ARGUMENT,
    /// CURLM_BAD_EASY_HANDLE), so that a transfer fails before it begins.
    let raw: UnsafeMutableRawPointer?
    /// Parsed once: of a string libcurl would make a parsed one, and a string again, for every transfer.
    private let url: OpaquePointer?

    /// `CurlClient.initializeLibrary` must have been called.
    init() { unsafe self.init(raw: curl_easy_init()) }

    /// - Parameter raw: belongs to the handle from now on.
    init(raw: UnsafeMutableRawPointer?) {
        unsafe self.raw = unsafe raw
        unsafe url = curl_url()
    }

    func cleanUp() {
        unsafe curl_easy_cleanup(raw)
        unsafe curl_url_cleanup(url)
    }

    @discardableResult
    func set(_ option: CURLoption, _ value: Int) -> CURLcode { unsafe zg_curl_set_long(raw, option, value) }

    @discardableResult
    func set(_ option: CURLoption, _ value: Bool) -> CURLcode { unsafe zg_curl_set_long(raw, option, value ? 1 : 0) }

    @discardableResult
    func set(_ option: CURLoption, offset value: Int) -> CURLcode { unsafe zg_curl_set_offset(raw, option, Int64(value)) }

    /// libcurl copies the string; nil resets the option.
    @discardableResult
    func set(_ option: CURLoption, _ value: String?) -> CURLcode { unsafe zg_curl_set_string(raw, option, value) }

    /// Where to; kept in parsed form.
    func setURL(_ text: String) -> CURLcode {
        guard unsafe curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK else { return CURLE_URL_MALFORMAT }
        return unsafe zg_curl_set_pointer(raw, CURLOPT_CURLU, UnsafeRawPointer(url))
    }

    func number(_ info: CURLINFO) -> Int {
        var value = 0
        _ = unsafe zg_curl_get_long(raw, info, &value)
        return value
    }

    func offset(_ info: CURLINFO) -> Int {
        var value: Int64 = 0
        _ = unsafe zg_curl_get_offset(raw, info, &value)
        return Int(value)
    }

    func string(_ info: CURLINFO) -> String? {
        var value: UnsafePointer<CChar>?
        guard unsafe zg_curl_get_string(raw, info, &value) == CURLE_OK, let value = unsafe value else { return nil }
        return unsafe String(cString: value)
    }
}
