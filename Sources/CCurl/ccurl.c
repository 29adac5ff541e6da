#include "ccurl.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>

struct zg_tls_state {
    X509_STORE *trust;
    int alert;
    int references;
};

zg_tls_state *zg_tls_state_make(void) {
    zg_tls_state *state = calloc(1, sizeof *state);
    if (state) state->references = 1;
    return state;
}

void zg_tls_state_release(zg_tls_state *state) {
    if (state && --state->references == 0) free(state);
}

int zg_tls_state_alert(const zg_tls_state *state) { return state ? state->alert : 0; }

/// An SSL_CTX is freed: any of the process, so that most have no state.
static void release_state(void *parent, void *state, CRYPTO_EX_DATA *data, int index, long number, void *pointer) {
    (void)parent, (void)data, (void)index, (void)number, (void)pointer;
    zg_tls_state_release(state);
}

static int state_index = -1;
static void make_state_index(void) { state_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, release_state); }

/// libcurl reports the first error of a transfer, which may be that the connection is gone; the alert before it says why.
static void note_alert(const SSL *session, int where, int value) {
    if (where != SSL_CB_READ_ALERT || value >> 8 != SSL3_AL_FATAL) return;
    zg_tls_state *state = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), state_index);
    if (state) state->alert = value & 0xFF;
}

static CURLcode set_up(CURL *easy, void *context, void *argument) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)easy;
    zg_tls_state *state = argument;
    pthread_once(&once, make_state_index);
    if (SSL_CTX_set_ex_data(context, state_index, state) != 1) return CURLE_OUT_OF_MEMORY;
    state->references++;
    SSL_CTX_set_info_callback(context, note_alert);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
    return SSL_CTX_set1_verify_cert_store(context, state->trust) == 1 ? CURLE_OK : CURLE_SSL_CACERT_BADFILE;
}

CURLcode zg_curl_set_tls(void *easy, zg_tls_state *state, X509_STORE *trust) {
    if (!state) return CURLE_OUT_OF_MEMORY;
    state->trust = trust;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_up);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, state);
}

X509_STORE *zg_trust_store_make(const void *pem, size_t count) {
    BIO *input = count <= INT_MAX ? BIO_new_mem_buf(pem, (int)count) : NULL;
    X509_STORE *store = input ? X509_STORE_new() : NULL;
    int added = 0;
    X509 *certificate;
    while (store && (certificate = PEM_read_bio_X509_AUX(input, NULL, NULL, NULL)) != NULL) {
        added += X509_STORE_add_cert(store, certificate) == 1;
        X509_free(certificate);
    }
    // The end of the text is reported as an error, too.
    ERR_clear_error();
    BIO_free(input);
    if (store && added > 0) {
        // As libcurl sets up its own: an intermediate in the file is as good as a root.
        X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
        return store;
    }
    X509_STORE_free(store);
    return NULL;
}

/// Without a callback OpenSSL would ask for a passphrase on the terminal, and wait.
static int no_passphrase(char *buffer, int size, int is_writing, void *context) {
    (void)buffer, (void)size, (void)is_writing, (void)context;
    return -1;
}

int zg_pem_pair_matches(const void *certificate, size_t certificate_count, const void *key, size_t key_count) {
    if (certificate_count > INT_MAX || key_count > INT_MAX) return 0;
    BIO *certificate_input = BIO_new_mem_buf(certificate, (int)certificate_count);
    BIO *key_input = BIO_new_mem_buf(key, (int)key_count);
    X509 *parsed = certificate_input ? PEM_read_bio_X509_AUX(certificate_input, NULL, no_passphrase, NULL) : NULL;
    EVP_PKEY *private_key = key_input ? PEM_read_bio_PrivateKey(key_input, NULL, no_passphrase, NULL) : NULL;
    int matches = parsed && private_key && X509_check_private_key(parsed, private_key) == 1;
    X509_free(parsed);
    EVP_PKEY_free(private_key);
    BIO_free(certificate_input);
    BIO_free(key_input);
    ERR_clear_error();
    return matches;
}

SSL *zg_curl_session(void *easy) {
    struct curl_tlssessioninfo *session = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || !session) return NULL;
    return session->backend == CURLSSLBACKEND_OPENSSL ? session->internals : NULL;
}

int zg_tls_use_socket(SSL *session, int descriptor) {
    BIO *socket = BIO_new_socket(descriptor, BIO_NOCLOSE);
    if (!socket) return 0;
    SSL_set_bio(session, socket, socket);
    return 1;
}
