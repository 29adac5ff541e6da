#include "ccurl.h"

#include <openssl/ssl.h>

/// Where a TLS session keeps the pointer to the flag that its close_notify sets.
static int flag_index(void) {
    static int index = -1;
    if (index < 0) index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    return index;
}

static void note_close(const SSL *ssl, int where, int value) {
    unsigned char *flag = SSL_get_ex_data(ssl, flag_index());
    if (flag && (where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value & 0xff) == SSL_AD_CLOSE_NOTIFY) *flag = 1;
}

int zg_curl_prepare(void) {
    return flag_index() >= 0;
}

int zg_curl_watch_close(void *easy, unsigned char *flag) {
    struct curl_tlssessioninfo *session = NULL;
    *flag = 0;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || !session || !session->internals) return 0;
    if (session->backend != CURLSSLBACKEND_OPENSSL) return 0;
    if (!SSL_set_ex_data(session->internals, flag_index(), flag)) return 0;
    SSL_set_info_callback(session->internals, note_close);
    return 1;
}
