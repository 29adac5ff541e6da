#include "copenssl.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
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

// OpenSSL looks at a certificate in full handshakes only, and each resumption extends a session's life.
static SSL_TICKET_RETURN use_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t name_length,
                                    SSL_TICKET_STATUS status, void *context) {
    (void)name, (void)name_length, (void)context;
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) return SSL_TICKET_RETURN_IGNORE_RENEW;
    X509 *peer = SSL_SESSION_get0_peer(session);
    if (peer != NULL && X509_cmp_timeframe(SSL_get0_param(ssl), X509_get0_notBefore(peer), X509_get0_notAfter(peer)) != 0)
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

void zg_ssl_ctx_check_tickets(SSL_CTX *context) {
    SSL_CTX_set_session_ticket_cb(context, NULL, use_ticket, NULL);
}

// Without a callback OpenSSL would ask for a passphrase on the terminal, and wait.
static int no_passphrase(char *out, int size, int writing, void *context) {
    (void)out, (void)size, (void)writing, (void)context;
    return -1;
}

int zg_ssl_ctx_use_chain(SSL_CTX *context, const void *pem, int size) {
    BIO *input = BIO_new_mem_buf(pem, size);
    X509 *certificate = input ? PEM_read_bio_X509_AUX(input, NULL, no_passphrase, NULL) : NULL;
    int done = certificate && SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_clear_chain_certs(context) == 1;
    X509_free(certificate);
    while (done) {
        certificate = PEM_read_bio_X509(input, NULL, no_passphrase, NULL);
        if (!certificate) {
            unsigned long error = ERR_peek_last_error();
            done = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
            if (done) ERR_clear_error();
            break;
        }
        done = SSL_CTX_add0_chain_cert(context, certificate) == 1;
        if (!done) X509_free(certificate);
    }
    BIO_free(input);
    return done;
}

int zg_ssl_ctx_trust(SSL_CTX *context, const void *pem, int size) {
    BIO *input = BIO_new_mem_buf(pem, size);
    STACK_OF(X509_INFO) *entries = input ? PEM_X509_INFO_read_bio(input, NULL, no_passphrase, NULL) : NULL;
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    int count = 0, failed = !entries;
    for (int i = 0; !failed && i < sk_X509_INFO_num(entries); i++) {
        const X509_INFO *entry = sk_X509_INFO_value(entries, i);
        if (entry->x509) {
            failed = X509_STORE_add_cert(store, entry->x509) != 1 || SSL_CTX_add_client_CA(context, entry->x509) != 1;
            count++;
        }
        if (!failed && entry->crl) failed = X509_STORE_add_crl(store, entry->crl) != 1;
    }
    if (!failed && count == 0) ERR_raise(ERR_LIB_PEM, PEM_R_NO_START_LINE);
    sk_X509_INFO_pop_free(entries, X509_INFO_free);
    BIO_free(input);
    return !failed && count > 0;
}

static int is_visible_ascii(const unsigned char *data, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (data[i] < 0x21 || data[i] > 0x7e) return 0;
    return 1;
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
        if (size == 0 || size >= capacity || !is_visible_ascii(data, size)) continue;
        // The kinds are told apart by the colon that every URI has (RFC 3986) and no DNS name can have.
        if ((name->type == GEN_URI) != (memchr(data, ':', size) != NULL)) continue;
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

static int add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer ? issuer : certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    int done = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return done;
}

static int fill(X509 *certificate, EVP_PKEY *key, const char *common_name, const char *names, int days, X509 *issuer) {
    unsigned char serial[16];
    if (RAND_bytes(serial, sizeof serial) != 1) return 0;
    serial[0] = (serial[0] & 0x7f) | 0x01; // positive, and of full length (RFC 5280 section 4.1.2.2)
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    int has_serial = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    X509_NAME *subject = X509_get_subject_name(certificate);
    // An hour ago: clocks differ.
    return has_serial && X509_set_version(certificate, X509_VERSION_3) &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * days) &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0) &&
           X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer) : subject) &&
           X509_set_pubkey(certificate, key) &&
           add_extension(certificate, issuer, NID_subject_key_identifier, "hash") &&
           (issuer ? add_extension(certificate, issuer, NID_authority_key_identifier, "keyid") &&
                         add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
                         add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature") &&
                         add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth") &&
                         add_extension(certificate, issuer, NID_subject_alt_name, names)
                   : add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE") &&
                         add_extension(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign"));
}

int zg_issue_certificate(const char *common_name, const char *names, int days, X509 *issuer, EVP_PKEY *issuer_key, X509 **out,
                         EVP_PKEY **out_key) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    if (key && certificate && fill(certificate, key, common_name, names, days, issuer) &&
        X509_sign(certificate, issuer_key ? issuer_key : key, EVP_sha256())) {
        *out = certificate;
        *out_key = key;
        return 1;
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return 0;
}

size_t zg_certificate_pem(X509 *certificate, char *out, size_t capacity) {
    BIO *memory = BIO_new(BIO_s_mem());
    size_t length = 0;
    char *text = NULL;
    if (memory && PEM_write_bio_X509(memory, certificate)) {
        long size = BIO_get_mem_data(memory, &text);
        if (size > 0 && (size_t)size < capacity) {
            memcpy(out, text, (size_t)size);
            out[size] = 0;
            length = (size_t)size;
        }
    }
    BIO_free(memory);
    return length;
}

int zg_hkdf_sha256(const unsigned char *key, size_t key_length, const unsigned char *info, size_t info_length, unsigned char *out,
                   size_t length) {
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_length),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_length),
        OSSL_PARAM_construct_end(),
    };
    int done = context && EVP_KDF_derive(context, out, length, parameters) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return done;
}

int zg_aes256gcm_seal(const unsigned char key[32], const unsigned char nonce[12], const unsigned char *data, size_t data_length,
                      const unsigned char *plain, size_t length, unsigned char *out) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int size = 0;
    int done = context && length <= INT_MAX && data_length <= INT_MAX &&
               EVP_EncryptInit_ex2(context, EVP_aes_256_gcm(), key, nonce, NULL) == 1 &&
               EVP_EncryptUpdate(context, NULL, &size, data, (int)data_length) == 1 &&
               EVP_EncryptUpdate(context, out, &size, plain, (int)length) == 1 &&
               EVP_EncryptFinal_ex(context, out + length, &size) == 1 &&
               EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, out + length) == 1;
    EVP_CIPHER_CTX_free(context);
    return done;
}

int zg_aes256gcm_open(const unsigned char key[32], const unsigned char nonce[12], const unsigned char *data, size_t data_length,
                      const unsigned char *sealed, size_t length, unsigned char *out) {
    if (length < 16 || length > INT_MAX || data_length > INT_MAX) return 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int size = 0;
    int done = context && EVP_DecryptInit_ex2(context, EVP_aes_256_gcm(), key, nonce, NULL) == 1 &&
               EVP_DecryptUpdate(context, NULL, &size, data, (int)data_length) == 1 &&
               EVP_DecryptUpdate(context, out, &size, sealed, (int)(length - 16)) == 1 &&
               EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, (void *)(sealed + length - 16)) == 1 &&
               EVP_DecryptFinal_ex(context, out + length - 16, &size) == 1;
    EVP_CIPHER_CTX_free(context);
    if (!done) OPENSSL_cleanse(out, length - 16);
    ERR_clear_error();
    return done;
}

int64_t zg_x509_not_after(const X509 *certificate) {
    struct tm time;
    if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return -1;
    return timegm(&time);
}

int64_t zg_pem_not_after(const void *pem, int size) {
    BIO *input = BIO_new_mem_buf(pem, size);
    if (!input) return -1;
    X509 *certificate = PEM_read_bio_X509(input, NULL, NULL, NULL);
    int64_t seconds = zg_x509_not_after(certificate);
    X509_free(certificate);
    BIO_free(input);
    ERR_clear_error();
    return seconds;
}
