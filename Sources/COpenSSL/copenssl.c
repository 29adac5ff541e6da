#include "copenssl.h"

#include <stdio.h>
#include <string.h>

int zg_ssl_ctx_harden(SSL_CTX *context, int minimum_minor) {
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return SSL_CTX_set_min_proto_version(context, minimum_minor >= 3 ? TLS1_3_VERSION : TLS1_2_VERSION) &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") &&
           SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384");
}

static int select_http11(SSL *ssl, const unsigned char **out, unsigned char *length, const unsigned char *offered, unsigned int size,
                         void *context) {
    (void)ssl;
    (void)context;
    static const unsigned char http11[] = "\x08http/1.1";
    unsigned char *chosen = NULL;
    if (SSL_select_next_proto(&chosen, length, http11, sizeof http11 - 1, offered, size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

void zg_ssl_ctx_alpn_http11(SSL_CTX *context) {
    SSL_CTX_set_alpn_select_cb(context, select_http11, NULL);
}

size_t zg_ssl_peer_san(const SSL *ssl, int index, char *out, size_t capacity) {
    size_t length = 0;
    X509 *certificate = SSL_get1_peer_certificate(ssl);
    if (!certificate) return 0;
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        const ASN1_STRING *text = NULL;
        if (name->type == GEN_URI) text = name->d.uniformResourceIdentifier;
        if (name->type == GEN_DNS) text = name->d.dNSName;
        if (!text) continue;
        size_t size = (size_t)ASN1_STRING_length(text);
        const unsigned char *data = ASN1_STRING_get0_data(text);
        if (size == 0 || size >= capacity || memchr(data, 0, size)) continue;
        if (index-- > 0) continue;
        memcpy(out, data, size);
        out[size] = 0;
        length = size;
        break;
    }
    GENERAL_NAMES_free(names);
    X509_free(certificate);
    return length;
}

size_t zg_ssl_error_text(char *out, size_t capacity) {
    unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (capacity == 0) return 0;
    out[0] = 0;
    if (code == 0) return 0;
    const char *reason = ERR_reason_error_string(code);
    if (reason)
        snprintf(out, capacity, "%s", reason);
    else
        ERR_error_string_n(code, out, capacity);
    return strlen(out);
}
