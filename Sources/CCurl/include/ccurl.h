// Typed doors to libcurl's variadic functions; Swift cannot call those itself. Nothing else belongs here.
#ifndef ZG_CCURL_H
#define ZG_CCURL_H

#include <curl/curl.h>
#include <stdint.h>

// CURLOPT_PROTOCOLS_STR, CURLOPT_PREREQFUNCTION, CURLOPT_CA_CACHE_TIMEOUT, CURLINFO_CAINFO.
#if LIBCURL_VERSION_NUM < 0x075700
#error "libcurl 7.87 or later is needed"
#endif

static const CURLversion zg_curl_version_now = CURLVERSION_NOW;

// One easy handle.

static inline CURLcode zg_curl_set_long(void *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode zg_curl_set_offset(void *easy, CURLoption option, int64_t value) {
    return curl_easy_setopt(easy, option, (curl_off_t)value);
}

/// libcurl copies the string; NULL resets the option.
static inline CURLcode zg_curl_set_string(void *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

/// libcurl keeps the pointer.
static inline CURLcode zg_curl_set_pointer(void *easy, CURLoption option, const void *value) {
    return curl_easy_setopt(easy, option, value);
}

/// CURLOPT_HEADERFUNCTION, CURLOPT_WRITEFUNCTION, CURLOPT_READFUNCTION.
static inline CURLcode zg_curl_set_data_callback(
    void *easy, CURLoption option, size_t (*callback)(char *bytes, size_t size, size_t count, void *context)) {
    return curl_easy_setopt(easy, option, callback);
}

static inline CURLcode zg_curl_set_open_callback(
    void *easy, curl_socket_t (*callback)(void *context, curlsocktype purpose, struct curl_sockaddr *address)) {
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, callback);
}

static inline CURLcode zg_curl_set_close_callback(void *easy, int (*callback)(void *context, curl_socket_t socket)) {
    return curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, callback);
}

static inline CURLcode zg_curl_set_request_callback(
    void *easy, int (*callback)(void *context, char *peer, char *local, int peer_port, int local_port)) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}

static inline CURLcode zg_curl_get_long(void *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode zg_curl_get_offset(void *easy, CURLINFO info, int64_t *value) {
    curl_off_t offset = 0;
    CURLcode code = curl_easy_getinfo(easy, info, &offset);
    *value = offset;
    return code;
}

static inline CURLcode zg_curl_get_pointer(void *easy, CURLINFO info, void **value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode zg_curl_get_string(void *easy, CURLINFO info, const char **value) {
    return curl_easy_getinfo(easy, info, value);
}

// The multi handle.

static inline CURLMcode zg_curl_multi_set_long(void *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode zg_curl_multi_set_socket_callback(
    void *multi, int (*callback)(void *easy, curl_socket_t socket, int what, void *context, void *socket_context),
    void *context) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    return code != CURLM_OK ? code : curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback);
}

static inline CURLMcode zg_curl_multi_set_timer_callback(
    void *multi, int (*callback)(void *multi, long milliseconds, void *context), void *context) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    return code != CURLM_OK ? code : curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback);
}

// The share handle.

static inline CURLSHcode zg_curl_share(void *share, curl_lock_data what) {
    return curl_share_setopt(share, CURLSHOPT_SHARE, what);
}

// The end of an answer over TLS.

/// Takes what `zg_curl_watch_close` needs. To be called once, before threads are made. Whether it could be had.
int zg_curl_prepare(void);

/// A flag that a transfer and a TLS session hold together, since either may be the first to go.
typedef struct zg_close_flag zg_close_flag;

/// A flag that is not set, and the caller's to release; NULL without memory.
zg_close_flag *zg_close_flag_make(void);
void zg_close_flag_release(zg_close_flag *flag);
int zg_close_flag_is_set(const zg_close_flag *flag);

/// Has the TLS session under `easy`, in the middle of a transfer, set the flag when close_notify arrives, and holds it until
/// the session ends. Whether the session is one of OpenSSL's; if not, the flag stays as it is.
int zg_curl_watch_close(void *easy, zg_close_flag *flag);

/// What the TLS session under `easy`, in the middle of a transfer, has agreed on: strings that OpenSSL keeps for ever. Whether the
/// session is one of OpenSSL's; if not, nothing is written.
int zg_curl_tls_names(void *easy, const char **version, const char **cipher);

#endif
