#include "ccurl.h"

#include <openssl/ssl.h>
#include <stdlib.h>

struct zg_close_flag {
    // The transfer, and the TLS session; both belong to one thread.
    int holders;
    int is_set;
};

zg_close_flag *zg_close_flag_make(void) {
    zg_close_flag *flag = calloc(1, sizeof *flag);
    if (flag) flag->holders = 1;
    return flag;
}

void zg_close_flag_release(zg_close_flag *flag) {
    if (flag && --flag->holders == 0) free(flag);
}

int zg_close_flag_is_set(const zg_close_flag *flag) {
    return flag && flag->is_set;
}

static void session_ends(void *session, void *flag, CRYPTO_EX_DATA *data, int index, long number, void *argument) {
    (void)session, (void)data, (void)index, (void)number, (void)argument;
    zg_close_flag_release(flag);
}

/// Where a TLS session keeps the pointer to the flag that its close_notify sets.
static int flag_index(void) {
    static int index = -1;
    if (index < 0) index = SSL_get_ex_new_index(0, NULL, NULL, NULL, session_ends);
    return index;
}

static void note_close(const SSL *ssl, int where, int value) {
    zg_close_flag *flag = SSL_get_ex_data(ssl, flag_index());
    if (flag && (where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value & 0xff) == SSL_AD_CLOSE_NOTIFY) flag->is_set = 1;
}

int zg_curl_prepare(void) {
    return flag_index() >= 0;
}

/// The TLS session under a transfer; NULL where there is none of OpenSSL's.
static SSL *session_of(void *easy) {
    struct curl_tlssessioninfo *session = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || !session) return NULL;
    return session->backend == CURLSSLBACKEND_OPENSSL ? session->internals : NULL;
}

int zg_curl_watch_close(void *easy, zg_close_flag *flag) {
    SSL *ssl = session_of(easy);
    if (!ssl || !flag) return 0;
    zg_close_flag *former = SSL_get_ex_data(ssl, flag_index());
    if (!SSL_set_ex_data(ssl, flag_index(), flag)) return 0;
    flag->holders++;
    flag->is_set = 0;
    zg_close_flag_release(former);
    SSL_set_info_callback(ssl, note_close);
    return 1;
}

int zg_curl_tls_names(void *easy, const char **version, const char **cipher) {
    const SSL *ssl = session_of(easy);
    if (!ssl) return 0;
    *version = SSL_get_version(ssl);
    *cipher = SSL_get_cipher_name(ssl);
    return *version && *cipher;
}
