// Typed doors to libcurl's variadic functions; Swift cannot call those itself. Nothing else belongs here.
#ifndef ZG_CCURL_H
#define ZG_CCURL_H

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <stdint.h>

// CURLOPT_PROTOCOLS_STR, CURLINFO_CAINFO; and the behaviour of CURLOPT_CONNECT_ONLY that docs/upstream.md relies on.
#if LIBCURL_VERSION_NUM < 0x075700
#error "libcurl 7.87 or later is needed"
#endif

static const CURLversion zg_curl_version_now = CURLVERSION_NOW;

// One easy handle.

static inline CURLcode zg_curl_set_long(void *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

/// libcurl copies the string; NULL resets the option.
static inline CURLcode zg_curl_set_string(void *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

/// libcurl keeps the pointer.
static inline CURLcode zg_curl_set_pointer(void *easy, CURLoption option, const void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode zg_curl_set_open_callback(
    void *easy, curl_socket_t (*callback)(void *context, curlsocktype purpose, struct curl_sockaddr *address)) {
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, callback);
}

/// libcurl copies the bytes.
static inline CURLcode zg_curl_set_blob(void *easy, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {.data = (void *)bytes, .len = count, .flags = CURL_BLOB_COPY};
    return curl_easy_setopt(easy, option, &blob);
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

/// CURLINFO_ACTIVESOCKET.
static inline CURLcode zg_curl_get_socket(void *easy, curl_socket_t *socket) {
    return curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, socket);
}

static inline CURLcode zg_curl_get_pointer(void *easy, CURLINFO info, void **value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline CURLcode zg_curl_get_string(void *easy, CURLINFO info, const char **value) {
    return curl_easy_getinfo(easy, info, value);
}

// The multi handle.

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

// TLS of the connections that libcurl makes.

/// What an easy handle and its TLS sessions share. Newer versions of libcurl end a session after its handle is gone, so that it is
/// counted: it lives until its owner and every SSL_CTX have released it. Used on one thread.
typedef struct zg_tls_state zg_tls_state;

/// A state with one reference, the caller's; NULL if out of memory.
zg_tls_state *zg_tls_state_make(void);
/// Gives up the caller's reference. NULL is ignored.
void zg_tls_state_release(zg_tls_state *state);
/// The description of the last fatal alert from the peer (RFC 8446 section 6); 0 if there was none.
int zg_tls_state_alert(const zg_tls_state *state);

/// What every TLS session of `easy` is set up with: verification against `trust` alone, a note of fatal alerts in `state`, partial
/// writes, and reading ahead, which spares a system call a record. Both must live as long as `easy`.
CURLcode zg_curl_set_tls(void *easy, zg_tls_state *state, X509_STORE *trust);

/// The certificates of a text in PEM format, the caller's to free; NULL where there is none.
X509_STORE *zg_trust_store_make(const void *pem, size_t count);

/// Whether the first certificate in `certificate` belongs to the private key in `key`, both in PEM format. A key behind a passphrase does
/// not.
int zg_pem_pair_matches(const void *certificate, size_t certificate_count, const void *key, size_t key_count);

/// The TLS session of an attached connection; NULL without TLS, or where it is not OpenSSL's.
SSL *zg_curl_session(void *easy);

/// Has `session` read and write the socket itself from now on, without libcurl. 1 on success.
int zg_tls_use_socket(SSL *session, int descriptor);

#endif
